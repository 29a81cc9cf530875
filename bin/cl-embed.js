#!/usr/bin/env node
import { main } from '../dist/cli/cl-embed.js';

await main(process.argv.slice(2));
