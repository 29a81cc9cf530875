import { main } from '../../src/cli/cl-doctor.ts';

await main(process.argv.slice(2));
