/**
 * A Vulkan device in software, for machines without a GPU: SwiftShader out of the npm package @sparticuz/chromium. Slow (half a GFLOP/s):
 * for correctness on tiny shapes. Not here: who uses it (`webgpu.test.ts`, `test/web`).
 */
import { join } from 'node:path';
import { packedRunsHere, unpacked } from './packed-chromium.js';

export const swiftshaderRunsHere = packedRunsHere;

/** The environment of a process that is to see SwiftShader as its only Vulkan device. Loaders read it when the process starts. */
export const swiftshaderEnvironment = async (): Promise<Readonly<Record<string, string>>> => {
  const folder = await unpacked('swiftshader');
  const driver = join(folder, 'vk_swiftshader_icd.json');
  const libraries = process.env.LD_LIBRARY_PATH;
  return {
    VK_DRIVER_FILES: driver,
    VK_ICD_FILENAMES: driver,
    LD_LIBRARY_PATH: libraries === undefined ? folder : `${folder}:${libraries}`,
  };
};
