// Run a Python program in Pyodide: node run.mjs PACKAGES PROGRAM
//
// PACKAGES is a folder that takes the place of site-packages. The program has `post(text)`, which
// writes a line to the standard output at once, also while Python is busy; so does `print`.
import { readFileSync, writeSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [packages, program] = process.argv.slice(2);
const post = (text) => {
  const line = Buffer.from(`${text}\n`);
  for (let sent = 0; sent < line.length; ) {
    sent += write(line.subarray(sent));
  }
};
const write = (bytes) => {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if (error.code === "EAGAIN") return 0; // the reader of the pipe is slow
    throw error;
  }
};

const python = await loadPyodide({
  // What Pyodide ships itself is not used: all packages come from the index.
  lockFileContents: {
    info: JSON.parse(readFileSync(new URL(import.meta.resolve("pyodide/pyodide-lock.json")))).info,
    packages: {},
  },
  stdout: post,
});
python.mountNodeFS("/lib/python3.14/site-packages", packages);
python.globals.set("post", post);
try {
  await python.runPythonAsync(readFileSync(program, "utf-8"));
} catch (error) {
  console.error(error.message); // the traceback, without the source of Pyodide above it
  process.exit(1);
}
process.exit(0);
