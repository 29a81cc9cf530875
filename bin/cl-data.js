#!/usr/bin/env node
import { main } from '../dist/cli/cl-data.js';

await main(process.argv.slice(2));
