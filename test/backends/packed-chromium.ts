/**
 * The archives inside the npm package @sparticuz/chromium, unpacked once into `.cache`: SwiftShader, a headless Chromium, the libraries and
 * the fonts that it needs. Built for Linux on x86-64. Not here: who uses them (`swiftshader.ts`, `test/web/chromium.ts`).
 */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar-stream';

/** Whether the package's files can run here. */
export const packedRunsHere = process.platform === 'linux' && process.arch === 'x64';

const archives = {
  swiftshader: 'swiftshader.tar.br',
  libraries: 'al2023.tar.br',
  fonts: 'fonts.tar.br',
  chromium: 'chromium.br',
} as const;
export type Archive = keyof typeof archives;

/** The package's main file is in `build/`, its archives in `bin/` beside it. */
const pathOf = (archive: Archive): string => {
  const main = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const name = join('@sparticuz', 'chromium');
  return join(main.slice(0, main.lastIndexOf(name) + name.length), 'bin', archives[archive]);
};

const unpackTar = async (archive: Archive, folder: string): Promise<void> => {
  const entries = createReadStream(pathOf(archive)).pipe(createBrotliDecompress()).pipe(extract());
  for await (const entry of entries) {
    const path = join(folder, entry.header.name);
    if (entry.header.type === 'directory') await mkdir(path, { recursive: true });
    if (entry.header.type === 'file') {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await buffer(entry), { mode: 0o755 });
    } else entry.resume();
  }
};

/** The browser is one file, packed as it is. It looks for SwiftShader beside itself. */
const unpackBrowser = async (folder: string): Promise<void> => {
  await unpackTar('swiftshader', folder);
  const file = createWriteStream(join(folder, 'chromium'), { mode: 0o755 });
  await pipeline(createReadStream(pathOf('chromium')), createBrotliDecompress(), file);
};

/** The folder that holds what was in the archive. */
export const unpacked = async (archive: Archive): Promise<string> => {
  const folder = join(process.cwd(), '.cache', archive);
  if (existsSync(folder)) return folder;
  // Under a name of its own until it is whole, for another process may be at it too.
  const own = `${folder}.${process.pid}`;
  await (archive === 'chromium' ? unpackBrowser(own) : unpackTar(archive, own));
  await rename(own, folder).catch(async (error: unknown) => {
    if (!existsSync(folder)) throw error;
    await rm(own, { recursive: true, force: true });
  });
  return folder;
};
