#!/usr/bin/env node
import { startProgram } from '../setup/program.mjs';

await startProgram('cl-export', () => import('../dist/cli/cl-export.js'));
