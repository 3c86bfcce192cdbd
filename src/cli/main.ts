#!/usr/bin/env node
/** The `vcycle` command. Nothing heavy is imported here: `vcycle --help` answers at once. */
import { commandLine } from './command-line.js';

process.exitCode = await commandLine(process.argv);
