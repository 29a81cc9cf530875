#!/usr/bin/env node
// Shows an encoder at work in a browser: embeds images that you choose, and sorts them by likeness to the first.
//
//   cl-export --run runs/simclr --format tfjs --output exports/simclr
//   node examples/browser/serve.mjs exports/simclr        # then open the address that it prints
//
// It serves the page beside it, the export, and TensorFlow.js from node_modules, to this machine alone.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const TFJS = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs/package.json'));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.json': 'application/json' };

const [folder, port = '0'] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Use: node examples/browser/serve.mjs EXPORT [PORT]');
  process.exit(2);
}
const ROOTS = { '/export/': resolve(folder), '/tensorflow/': join(TFJS, 'dist'), '/': HERE };

/** The file that an address means, or undefined: nothing outside the three folders is served. */
function fileOf(address) {
  try {
    const path = decodeURIComponent(new URL(address, 'http://localhost').pathname);
    const prefix = Object.keys(ROOTS).find((each) => path.startsWith(each));
    const file = resolve(ROOTS[prefix], path.slice(prefix.length) || 'index.html');
    return file.startsWith(ROOTS[prefix] + sep) && statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined; // Not there, or no address at all.
  }
}

const server = createServer((request, response) => {
  const file = fileOf(request.url);
  if (file === undefined) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
});
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
