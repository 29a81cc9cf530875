#!/usr/bin/env node
import { main } from '../dist/cli/cl-export.js';

await main(process.argv.slice(2));
