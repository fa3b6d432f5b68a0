"""A real browser: Chromium without a window, one process and one empty profile a page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

INSTALL = "the browser tests need Chromium: apt-get install -y chromium (or put `chromium` in the PATH)"


def executable() -> str:
    """Chromium of this machine; its absence fails the test with the command that installs it."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found is not None:
            return found
    pytest.fail(INSTALL)


def dump(url: str, profile: Path, *, language: str = "en") -> str:
    """The page's DOM after its script has run, as HTML."""
    done = subprocess.run(
        [
            executable(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run", f"--user-data-dir={profile}",
            f"--accept-lang={language}", "--window-size=390,844", "--virtual-time-budget=20000", "--dump-dom", url,
        ],
        capture_output=True, text=True, timeout=90, check=True,
    )  # fmt: skip
    return done.stdout
