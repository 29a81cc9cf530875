#!/usr/bin/env node
import { startProgram } from '../setup/program.mjs';

await startProgram('cl-doctor', () => import('../dist/cli/cl-doctor.js'));
