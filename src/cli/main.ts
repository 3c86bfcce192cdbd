#!/usr/bin/env node
/** The `vcycle` command. Nothing heavy is imported here: `vcycle --help` answers at once. */
import { commandLine } from './command-line.js';
import { endsWith } from './process/output.js';

const code = await commandLine(process.argv);
process.exitCode = endsWith(code);
