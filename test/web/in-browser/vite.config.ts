/** How the tests that run in a page are built: as the page is, with Node's assert as the npm package of that name has it. */
import { defineConfig, mergeConfig } from 'vite';
import page from '../../../web/vite.config.js';

export default mergeConfig(
  page,
  defineConfig({
    root: import.meta.dirname,
    resolve: { alias: { 'node:assert/strict': 'assert/' } },
    define: { 'process.env.NODE_DEBUG': 'undefined', global: 'globalThis' },
    build: { outDir: '../../../.cache/in-browser', minify: false, rollupOptions: { input: `${import.meta.dirname}/conformance.html` } },
  }),
);
