// Start Python as a page does, and have it compile what that takes:
//     node compile.mjs FOLDER-OF-PYODIDE FOLDER-FOR-WHAT-IS-COMPILED PACKAGE…
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, target, ...packages] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ packages });
python.mountNodeFS("/compiled", target);
await python.runPythonAsync(readFileSync(new URL("in_the_page.py", import.meta.url), "utf8"));
