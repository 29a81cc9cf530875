#!/usr/bin/env node
import { closeDebugger } from '../dist/cli/close-debugger.js';

closeDebugger();
const { main } = await import('../dist/cli/cl-eval.js');
await main(process.argv.slice(2));
