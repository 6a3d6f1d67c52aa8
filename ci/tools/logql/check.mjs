// Reads a JSON list of LogQL queries from standard input, and prints those that the grammar does not accept. With the
// second argument `trees`, prints a JSON list of what each one is made of instead; null where it is not accepted.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The packages are in the folder that the first argument names.
const [, , folder, mode] = process.argv;
const { parser } = createRequire(`${folder}/`)("@grafana/lezer-logql");

function firstError(tree) {
  let found = null;
  tree.iterate({
    enter(node) {
      if (node.type.isError && found === null) found = node.from;
    },
  });
  return found;
}

const read = JSON.parse(readFileSync(0, "utf8")).map((query) => [query, parser.parse(query)]);
if (mode === "trees") {
  console.log(JSON.stringify(read.map(([, tree]) => (firstError(tree) === null ? tree.toString() : null))));
} else {
  const wrong = read.map(([query, tree]) => [query, firstError(tree)]).filter(([, at]) => at !== null);
  for (const [query, at] of wrong) console.log(`${query}: not accepted at character ${at}`);
  // Not `exit`, which would cut what a pipe has not taken yet.
  process.exitCode = wrong.length ? 1 : 0;
}
