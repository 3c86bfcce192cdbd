/**
 * A Vulkan device in software, for machines without a GPU: SwiftShader out of the npm package @sparticuz/chromium, unpacked once into
 * `.cache/swiftshader`. Slow (half a GFLOP/s): for correctness on tiny shapes. Not here: who uses it (`webgpu.test.ts`).
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar-stream';

/** Whether the package's files, built for Linux on x86-64, can run here. */
export const swiftshaderRunsHere = process.platform === 'linux' && process.arch === 'x64';

const CACHE = join('.cache', 'swiftshader');
const DRIVER = 'vk_swiftshader_icd.json';

/** The package's main file is in `build/`, its archives in `bin/` beside it. */
const archive = (): string => {
  const main = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const name = join('@sparticuz', 'chromium');
  return join(main.slice(0, main.lastIndexOf(name) + name.length), 'bin', 'swiftshader.tar.br');
};

const unpack = async (folder: string): Promise<void> => {
  const entries = Readable.from([await readFile(archive())])
    .pipe(createBrotliDecompress())
    .pipe(extract());
  for await (const entry of entries) {
    const path = join(folder, entry.header.name);
    if (entry.header.type === 'directory') await mkdir(path, { recursive: true });
    if (entry.header.type === 'file') {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await buffer(entry), { mode: 0o755 });
    } else entry.resume();
  }
};

/** The environment of a process that is to see SwiftShader as its only Vulkan device. Loaders read it when the process starts. */
export const swiftshaderEnvironment = async (): Promise<Readonly<Record<string, string>>> => {
  const folder = join(process.cwd(), CACHE);
  if (!existsSync(join(folder, DRIVER))) {
    // Under a name of its own until it is whole, for another process may be at it too.
    const own = `${folder}.${process.pid}`;
    await unpack(own);
    await rm(folder, { recursive: true, force: true });
    await rename(own, folder);
  }
  const driver = join(folder, DRIVER);
  const libraries = process.env.LD_LIBRARY_PATH;
  return {
    VK_DRIVER_FILES: driver,
    VK_ICD_FILENAMES: driver,
    LD_LIBRARY_PATH: libraries === undefined ? folder : `${folder}:${libraries}`,
  };
};
