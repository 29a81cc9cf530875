import { main } from '../../src/cli/doctor.ts';

await main(process.argv.slice(2));
