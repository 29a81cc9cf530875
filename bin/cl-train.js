#!/usr/bin/env node
import { main } from '../dist/cli/cl-train.js';

await main(process.argv.slice(2));
