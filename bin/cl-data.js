#!/usr/bin/env node
import { startProgram } from '../setup/program.mjs';

await startProgram('cl-data', () => import('../dist/cli/cl-data.js'));
