import { hashesOf } from './graph-bytes.ts';

process.stdout.write(JSON.stringify(hashesOf()));
