// Opens a list and prints what it says and by how many bytes the process's largest memory grew:
// node --import tsx list-memory-child.ts LIST
import { openDataset } from '../../../src/data/dataset/dataset.ts';

const [list = ''] = process.argv.slice(2);
const peak = (): number => process.resourceUsage().maxRSS * 1024;
const before = peak();
const opened = await openDataset(list).then(
  ({ description }) => description,
  (error: Error) => error.message,
);
process.stdout.write(JSON.stringify({ opened, grown: peak() - before }));
