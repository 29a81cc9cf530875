#!/usr/bin/env node
import { startProgram } from '../setup/program.mjs';

await startProgram('cl-train', () => import('../dist/cli/cl-train.js'));
