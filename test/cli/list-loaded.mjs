// Loaded before a program: prints on standard error, at its end, the files of packages and the libraries that it
// loaded.
import { createRequire, register } from 'node:module';

const hook = `export async function load(url, context, next) {
  if (url.includes('/node_modules/')) process._rawDebug(url.split('/node_modules/').pop());
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
const { cache } = createRequire(import.meta.url);
process.on('exit', () => {
  for (const path of Object.keys(cache)) process._rawDebug(path.split('/node_modules/').pop());
  for (const path of process.report.getReport().sharedObjects) process._rawDebug(path);
});
