// Compiles with the solc of node_modules, so that no compiler is ever downloaded, and runs contracts/test/*.t.sol.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);

export default defineConfig({
  solidity: {
    version: require("solc/package.json").version,
    path: require.resolve("solc/soljson.js"),
    // Shared with tools/contract/build.py: what is tested is what is deployed.
    settings: JSON.parse(readFileSync(new URL("contracts/compiler.json", import.meta.url), "utf8")),
  },
  test: {
    // Hardhat's defaults take minutes. The seed is fixed so that a red run is red again; override it with
    // --config or by editing here to look further.
    solidity: {
      fuzz: { runs: 256, seed: "0x5cea0" },
      invariant: { runs: 32, depth: 64, failOnRevert: true },
    },
  },
});
