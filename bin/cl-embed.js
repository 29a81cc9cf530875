#!/usr/bin/env node
import { startProgram } from '../setup/program.mjs';

await startProgram('cl-embed', () => import('../dist/cli/cl-embed.js'));
