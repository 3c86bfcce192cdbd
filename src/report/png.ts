/**
 * A picture that was drawn as SVG text, as a PNG for slides and papers. resvg, compiled to WebAssembly, is the same on every machine, and so is
 * the font that it is given, so equal pictures are equal bytes. Both are loaded when a PNG is asked for. Not here: drawing (`plots.ts`).
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Task } from 'fp-ts/lib/Task.js';

/** Pixels a unit of the SVG: a picture of 700 units is 7 inches wide at 300 dots an inch. */
export const PNG_SCALE = 3;

/** Arimo has the widths of Arial and Helvetica, which the pictures name first. */
const FONT = '@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf';

const loadRenderer = async () => {
  const { resolve } = createRequire(import.meta.url);
  const [{ initWasm, Resvg }, wasm, font] = await Promise.all([
    import('@resvg/resvg-wasm'),
    readFile(resolve('@resvg/resvg-wasm/index_bg.wasm')),
    readFile(resolve(FONT)),
  ]);
  await initWasm(wasm);
  return { Resvg, font };
};

let renderer: ReturnType<typeof loadRenderer> | undefined;

/** Resvg can be initialised once a process. */
const loaded = (): ReturnType<typeof loadRenderer> => {
  renderer ??= loadRenderer();
  return renderer;
};

export const toPng =
  (svg: string): Task<Uint8Array> =>
  async () => {
    const { Resvg, font } = await loaded();
    const drawing = new Resvg(svg, {
      fitTo: { mode: 'zoom', value: PNG_SCALE },
      font: { fontBuffers: [font], defaultFontFamily: 'Arimo', sansSerifFamily: 'Arimo' },
    });
    const image = drawing.render();
    const png = image.asPng();
    image.free();
    drawing.free();
    return png;
  };
