// The seal stays in the fragment of the address: it reaches the server in the body of one request only.
"use strict";

const verdict = document.getElementById("verdict");
const lang = document.documentElement.lang;
let latest = 0;

function say(text) {
  const line = document.createElement("p");
  line.className = "plain";
  line.textContent = text;
  verdict.replaceChildren(line);
}

async function check() {
  const turn = ++latest;
  const seal = location.hash.slice(1);
  // Changing the language keeps the seal.
  const other = document.getElementById("other");
  other.hash = seal;
  if (!seal) {
    say(verdict.dataset.none);
    return;
  }
  say(verdict.dataset.wait);
  try {
    const answer = await fetch("/v/check?lang=" + lang, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/html" },
      body: JSON.stringify({ seal }),
      signal: AbortSignal.timeout(60000),
    });
    const type = answer.headers.get("Content-Type") || "";
    if (!type.startsWith("text/html")) throw new Error("no verdict");
    const text = await answer.text();
    if (turn !== latest) return;
    // Made by our own server, which escapes every text in it; the page's policy runs no script in it.
    verdict.innerHTML = text;
  } catch {
    if (turn === latest) say(verdict.dataset.fail);
  }
}

document.getElementById("host").textContent = location.host;
addEventListener("hashchange", check);
check();
