#!/usr/bin/env node
import { main } from '../dist/cli/doctor.js';

await main(process.argv.slice(2));
