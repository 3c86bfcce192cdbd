/** The page and the tests that run in one, built once for all test files of a process, and served. */
import { join } from 'node:path';
import { build } from 'vite';
import { type Site, serve } from './site.js';

const FOLDER = join('.cache', 'in-browser');

let built: Promise<unknown> | undefined;

/** `web/index.html` and `test/web/in-browser/conformance.html`. Warnings of the build are printed. */
export const builtSite = async (): Promise<Site> => {
  built ??= build({ configFile: 'test/web/in-browser/vite.config.ts', logLevel: 'warn' });
  await built;
  return serve(FOLDER);
};

export const PAGE = '/web/index.html';
export const CONFORMANCE = '/test/web/in-browser/conformance.html';
