// Reads a JSON list of LogQL queries from standard input, and prints those that the grammar does not accept.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The packages are in the folder that the first argument names.
const { parser } = createRequire(`${process.argv[2]}/`)("@grafana/lezer-logql");

function firstError(query) {
  let found = null;
  parser.parse(query).iterate({
    enter(node) {
      if (node.type.isError && found === null) found = node.from;
    },
  });
  return found;
}

const wrong = JSON.parse(readFileSync(0, "utf8"))
  .map((query) => [query, firstError(query)])
  .filter(([, at]) => at !== null);
for (const [query, at] of wrong) console.log(`${query}: not accepted at character ${at}`);
process.exit(wrong.length ? 1 : 0);
