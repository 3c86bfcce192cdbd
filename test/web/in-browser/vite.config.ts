/** How the page and the tests that run in one are built together: as the page is, with Node's assert as the npm package of that name has it. */
import { resolve } from 'node:path';
import { defineConfig, mergeConfig } from 'vite';
import page from '../../../web/vite.config.js';

const root = resolve(import.meta.dirname, '../../..');

export default mergeConfig(
  page,
  defineConfig({
    root,
    resolve: { alias: { 'node:assert/strict': 'assert/' } },
    define: { process: '{"env":{}}', global: 'globalThis' },
    build: {
      minify: false,
      rollupOptions: { input: [resolve(root, 'web/index.html'), resolve(import.meta.dirname, 'conformance.html')] },
    },
  }),
);
