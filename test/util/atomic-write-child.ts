// A writer to be limited or killed: node --import tsx atomic-write-child.ts PATH BYTES [forever | PIECES_BEFORE_STALL]
import { writeFileAtomic } from '../../src/util/atomic-write.ts';

const [path = '', bytes = '0', mode] = process.argv.slice(2);
const PIECE = 65_536;

async function* pieces(fill: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < Number(bytes); at += PIECE) {
    if (mode !== undefined && at / PIECE === Number(mode)) await stall();
    yield new Uint8Array(Math.min(PIECE, Number(bytes) - at)).fill(fill);
  }
  if (mode !== undefined && Number(bytes) / PIECE === Number(mode)) await stall();
}

async function stall(): Promise<void> {
  process.stdout.write('stalled\n');
  await new Promise((resolve) => setTimeout(resolve, 1e9));
}

if (mode === 'forever') {
  for (let fill = 0; ; fill = (fill + 1) % 256) {
    await writeFileAtomic(path, pieces(fill));
    process.stdout.write('.');
  }
}
try {
  await writeFileAtomic(path, pieces(7));
  process.stdout.write('written');
} catch (error) {
  process.stdout.write(error instanceof Error ? `${error.name}: ${error.message}` : 'not an error');
}
