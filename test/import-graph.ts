/**
 * Who imports whom, read from the sources: of files, and of the rooms in which they are. Not here: what is allowed (`architecture.test.ts`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';

const posix = (path: string): string => path.split(sep).join('/');

export const sources = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = posix(join(folder, entry.name));
    if (entry.isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });

/** Relative imports, those of types and those on demand among them, as paths in the repository. */
export const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, target = '']) =>
    posix(normalize(join(dirname(file), target))).replace(/\.js$/, '.ts'),
  );

/** The folder that a file is in; a file directly under `src` is shared by all rooms, and a room of its own. */
export const innermostRoom = (file: string): string => (dirname(file) === 'src' ? file : posix(dirname(file)));

export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** @param nameOf of each end of an import; where both have one name, there is none. */
export const graphOf = (files: readonly string[], nameOf: (file: string) => string): Graph => {
  const known = new Set(files);
  const graph = new Map<string, Set<string>>(files.map((file) => [nameOf(file), new Set<string>()]));
  for (const file of files)
    for (const target of importsOf(file))
      if (known.has(target) && nameOf(target) !== nameOf(file)) graph.get(nameOf(file))?.add(nameOf(target));
  return graph;
};

/** The first circle that is found, from a name to itself; undefined where there is none. */
export const circleIn = (graph: Graph): readonly string[] | undefined => {
  const done = new Set<string>();
  const from = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of graph.get(name) ?? []) {
      const circle = from(next, [...path, name]);
      if (circle !== undefined) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const circle = from(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
};
