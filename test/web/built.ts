/** The page and the tests that run in one, built once for all test files of a process, and served. */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { type Site, serve } from './site.js';

/** Of this process alone, since files of tests run side by side and a build empties its folder first. */
const FOLDER = join('.cache', `in-browser-${process.pid}`);

let built: Promise<unknown> | undefined;

/** `web/index.html` and `test/web/in-browser/conformance.html`. Warnings of the build are printed. */
export const builtSite = async (): Promise<Site> => {
  if (built === undefined) {
    process.once('exit', () => rmSync(FOLDER, { recursive: true, force: true }));
    built = build({ configFile: 'test/web/in-browser/vite.config.ts', logLevel: 'warn', build: { outDir: resolve(FOLDER) } });
  }
  await built;
  return serve(FOLDER);
};

export const PAGE = '/web/index.html';
export const CONFORMANCE = '/test/web/in-browser/conformance.html';
