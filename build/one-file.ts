#!/usr/bin/env node
/**
 * What the build puts in the place of `src/cli/main.ts`: the command line out of its single file, with the code that V8 compiled for earlier commands.
 * Not here: where that code is kept (`kept-code.ts`).
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import type { begin } from '../src/cli/begin.js';
import { keepCode, readCode } from './kept-code.js';

/** Milliseconds. V8 forgets in time what is not called again, so that only a short command has everything that it called. */
const SHORT = 5000;

/** What `bundle.ts` makes of modules: `addressOf` gives where the compiler wrote one, by its place beside this file. */
type Whole = (
  require: NodeJS.Require,
  module: { exports: object },
  importModule: (specifier: string) => Promise<unknown>,
  addressOf: (path: string) => string,
) => void;

const file = fileURLToPath(new URL('bundle/vcycle.cjs', import.meta.url));
const kept = readCode();
const script = new Script(`(function (require, module, importModule, addressOf) {${readFileSync(file, 'latin1')}\n})`, {
  filename: file,
  ...(kept === undefined ? {} : { cachedData: kept.code }),
});
const module = { exports: {} };
const whole: Whole = script.runInThisContext();
whole(
  createRequire(file),
  module,
  (specifier) => import(specifier),
  (path) => new URL(path, import.meta.url).href,
);
const command = process.argv[2] ?? '';
const code = await (module.exports as { begin: typeof begin }).begin();
const known = kept !== undefined && script.cachedDataRejected !== true ? kept.commands : [];
if (code === 0 && !known.includes(command) && performance.now() < SHORT) keepCode([...known, command], () => script.createCachedData());
