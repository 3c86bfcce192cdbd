/**
 * Puts the compiled command line, with the small packages that short commands need, into one file: finding, reading and linking hundreds of modules
 * takes longer than anything that `vcycle draw` does. Modules that are loaded on demand run when they are asked for, as before. Not here: the library,
 * whose modules stay as the compiler wrote them, as do the workers and pages that commands name by their paths.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const START = fileURLToPath(new URL('one-file.js', import.meta.url));
const BEGIN = fileURLToPath(new URL('../src/cli/begin.js', import.meta.url));
const MAIN = join(dirname(BEGIN), 'main.js');
const BUNDLE = join(dirname(BEGIN), 'bundle', 'vcycle.cjs');
/** Which modules are in it, and what loads them: for tests. */
const MADE_OF = fileURLToPath(new URL('made-of.json', import.meta.url));

/** Small, and without native parts, workers or files of their own. What others are imported before they are needed must be CommonJS. */
const INLINED = [
  '@noble/hashes',
  'commander',
  'crc-32',
  'd3-array',
  'd3-random',
  'fastest-levenshtein',
  'fp-ts',
  'fzstd',
  'internmap',
  'jsonc-parser',
  'pure-rand',
  'ts-pattern',
];

const packageOf = (specifier: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

const otherPackagesApart: Plugin = {
  name: 'other-packages-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith('node:') || INLINED.includes(packageOf(path)) ? undefined : { path, external: true },
    );
  },
};

/** ajv compiles schemas of records, which few commands read: it is loaded when one is read. */
const ajvWhenUsed: Plugin = {
  name: 'ajv-when-used',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^ajv$/ }, ({ path, namespace }) =>
      namespace === 'file' ? { path, namespace: 'when-used' } : { path, external: true },
    );
    onLoad({ filter: /^ajv$/, namespace: 'when-used' }, () => ({
      contents: "export const Ajv = class { constructor(...given) { return new (require('ajv').Ajv)(...given); } };",
    }));
  },
};

/**
 * A module's own address remains where the compiler wrote it, beside the files that it names. What is imported on demand from elsewhere is imported by
 * the file that loads this one (`one-file.ts`).
 */
const asModules: Plugin = {
  name: 'as-modules',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (path.includes('node_modules')) return undefined;
      const address = `addressOf(${JSON.stringify(relative(dirname(MAIN), path))})`;
      const contents = readFileSync(path, 'utf8')
        .replaceAll('import.meta.url', address)
        .replace(/(?<![.\w])import\((?!'\.)/g, 'importModule(');
      return { contents, resolveDir: dirname(path) };
    });
  },
};

const { metafile } = await build({
  entryPoints: [BEGIN],
  outfile: BUNDLE,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  plugins: [ajvWhenUsed, otherPackagesApart, asModules],
  logLevel: 'warning',
  metafile: true,
});

/** The folders of the packages that were inlined. */
const folders = new Set(Object.keys(metafile.inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
const licenses = [...folders].sort().flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => /^licen[cs]e/i.test(file))
    .map((file) => `${folder.replace(/^.*node_modules\//, '')}\n\n${readFileSync(join(folder, file), 'utf8')}`),
);

writeFileSync(join(dirname(BUNDLE), 'LICENSES.txt'), licenses.join(`\n${'-'.repeat(80)}\n\n`));
writeFileSync(MADE_OF, JSON.stringify(metafile.inputs));
const digest = createHash('sha256').update(readFileSync(BUNDLE)).digest('hex').slice(0, 16);
await build({
  entryPoints: [START],
  outfile: MAIN,
  allowOverwrite: true,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  define: { BUILD: JSON.stringify(digest) },
  logLevel: 'warning',
});
