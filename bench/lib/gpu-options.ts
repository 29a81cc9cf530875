import { parseArgs } from 'node:util';
import { PARTS, type PartName } from './gpu-piece.ts';

const USAGE = `Use: npm run bench -- gpu [--only ${PARTS.join()}] [--minutes 8] [--retry] [--rehearse]

Checks a GPU (cl-doctor --gpu-check), then times steps of ResNet-50 at 224 pixels and ResNet-18 at 32, beside PyTorch where CL_PEER_PYTHON
names a Python with it, and training's real loop on packed JPEGs. CL_DATA names photographs, a folder or an archive; otherwise some are
drawn. Every piece is kept in bench/results/gpu.json at once; a second call goes on with what is missing.

  --only      some of the parts: checks; step: SimCLR here; peer: PyTorch beside it; vary: one setting otherwise, and larger batches;
              data: the real loop; methods: the other methods
  --minutes   stop after the piece under way; a piece takes 5 minutes at most, and no more than 1.5 beyond this
  --retry     try again what has failed
  --rehearse  all pieces on the CPU in tiny sizes, kept in the system's folder for temporary files`;

/** How the bench is run. */
export interface GpuOptions {
  readonly parts: readonly PartName[];
  /** Infinity: until all is done. */
  readonly minutes: number;
  readonly retries: boolean;
  readonly rehearses: boolean;
}

function stop(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

/** Reads the command line; ends the process with what is wrong with it. */
export function readGpuOptions(args: readonly string[] = process.argv.slice(2)): GpuOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: PARTS.join() },
      minutes: { type: 'string', default: 'Infinity' },
      retry: { type: 'boolean', default: false },
      rehearse: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const names = values.only.split(',');
  const unknown = names.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) stop(`Expected --only to name some of ${PARTS.join(', ')}, got ${unknown || 'nothing'}.`);
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) stop(`Expected --minutes to be a number above 0, got ${values.minutes}.`);
  return {
    parts: PARTS.filter((part) => names.includes(part)),
    ...{ minutes, retries: values.retry, rehearses: values.rehearse },
  };
}
