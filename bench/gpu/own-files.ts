/** The files of the project that the GPU machine needs: what was built, and the Python beside it. Not here: packages (`modules.ts`). */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The files under a folder whose path matches. */
export const filesIn = (folder: string, wanted: RegExp): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path, wanted);
    return wanted.test(path) ? [path] : [];
  });

/** Paths relative to the project's root, in which this must run. */
export const ownFiles = (): readonly string[] => [
  'package.json',
  // The command line is one file, which CommonJS loads.
  ...['src', 'dsl', 'backends', 'bench'].flatMap((room) => filesIn(join('dist', room), /\.c?js$/)),
  // Imported by the benchmark of all backends.
  ...filesIn(join('dist', 'test', 'backends'), /(swiftshader|packed-chromium)\.js$/),
  ...filesIn(join('bench', 'peers'), /\.py$/),
  ...filesIn(join('backends', 'torch', 'worker'), /\.py$/),
];
