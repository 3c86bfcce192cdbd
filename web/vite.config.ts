/**
 * How the page is built and served: on loopback, cross-origin isolated (which WebAssembly needs for threads), and without any of Node's
 * modules.
 */
import { defineConfig, type Plugin } from 'vite';
import { genesis } from './genesis.js';

/** The page's modules must not import Node's: the build should fail, not the page. */
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
