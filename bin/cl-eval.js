#!/usr/bin/env node
import { startProgram } from '../setup/program.mjs';

await startProgram('cl-eval', () => import('../dist/cli/cl-eval.js'));
