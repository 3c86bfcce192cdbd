/**
 * Puts the compiled command line, with the small packages that short commands need, into few files: finding, reading and linking hundreds of modules
 * takes longer than anything that `vcycle draw` does. Commands stay in files of their own, which are loaded on demand. Not here: the library, whose
 * modules stay as the compiler wrote them, as do the workers and pages that commands name by their paths.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const BUNDLE = join(dirname(MAIN), 'bundle');
/** Which modules are in which file, and what loads them: for tests. */
const MADE_OF = fileURLToPath(new URL('made-of.json', import.meta.url));

/** Small, and without native parts, workers or files of their own. */
const INLINED = [
  '@noble/hashes',
  'commander',
  'crc-32',
  'd3-array',
  'd3-random',
  'fastest-levenshtein',
  'fdir',
  'fp-ts',
  'fzstd',
  'internmap',
  'jsonc-parser',
  'picomatch',
  'pure-rand',
  'tinyglobby',
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

/** A module's own address remains where the compiler wrote it, beside the files that it names. */
const ownAddresses: Plugin = {
  name: 'own-addresses',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (path.includes('node_modules')) return undefined;
      const address = `new URL(${JSON.stringify(relative(BUNDLE, path))}, import.meta.url).href`;
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', address), resolveDir: dirname(path) };
    });
  },
};

const { metafile } = await build({
  entryPoints: [MAIN],
  outdir: BUNDLE,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  plugins: [otherPackagesApart, ownAddresses],
  // Inlined packages may require Node's modules.
  banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
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

writeFileSync(join(BUNDLE, 'LICENSES.txt'), licenses.join(`\n${'-'.repeat(80)}\n\n`));
writeFileSync(MAIN, "#!/usr/bin/env node\nimport './bundle/main.js';\n");
writeFileSync(MADE_OF, JSON.stringify(metafile.outputs));
