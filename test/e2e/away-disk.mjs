// Loaded before a program (node --import): while the file that AWAY_DISK names is there, writing fails as on a network
// disk that is away, but for standard output and error.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

function assertThere() {
  if (!fs.existsSync(process.env.AWAY_DISK)) return;
  throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO', errno: -5, syscall: 'write' });
}

const { writeSync } = fs;
fs.writeSync = (file, ...rest) => {
  if (file > 2) assertThere();
  return writeSync(file, ...rest);
};
const file = await fs.promises.open(new URL(import.meta.url));
const prototype = Object.getPrototypeOf(file);
await file.close();
const { writeFile } = prototype;
prototype.writeFile = async function (...content) {
  assertThere();
  return writeFile.apply(this, content);
};
syncBuiltinESMExports();
