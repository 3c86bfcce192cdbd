/**
 * vcycle's own package.json, found in a folder above this file, for the version and the required version of Node.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface OwnPackage {
  readonly version: string;
  readonly engines: { readonly node: string };
}

const find = (folder: string): string => {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return file;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
  return find(parent);
};

export const ownPackage = (): OwnPackage => JSON.parse(readFileSync(find(dirname(fileURLToPath(import.meta.url))), 'utf8'));
