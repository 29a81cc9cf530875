#!/usr/bin/env node
import { main } from '../dist/cli/cl-eval.js';

await main(process.argv.slice(2));
