/** How the page is built and served: on the loopback, in isolation (which gives WebAssembly its threads), without anything of Node. */
import { defineConfig, type Plugin } from 'vite';
import { genesis } from './genesis.js';

/** What the page is made of must not ask for Node: better a build that fails than a page that does. */
const nothingOfNode: Plugin = {
  name: 'nothing-of-node',
  enforce: 'pre',
  resolveId(source, importer) {
    if (source.startsWith('node:')) this.error(`${importer ?? 'the page'} imports ${source}, which no browser has`);
  },
};

/** Documents with these headers may share memory between threads. */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [nothingOfNode, genesis()],
  worker: { format: 'es', plugins: () => [nothingOfNode] },
  build: { outDir: '../dist/web', emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 4000, reportCompressedSize: false },
  server: { host: '127.0.0.1', headers: isolation },
  preview: { host: '127.0.0.1', headers: isolation },
});
