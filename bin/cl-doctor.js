#!/usr/bin/env node
import { main } from '../dist/cli/cl-doctor.js';

await main(process.argv.slice(2));
