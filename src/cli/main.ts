#!/usr/bin/env node
/** The `vcycle` command. The build replaces this file by one that loads the same from a single file (`build/one-file.ts`). */
import { begin } from './begin.js';

await begin();
