/**
 * Converts a picture from SVG text to PNG, for slides and papers. resvg is prebuilt for each platform and gets its font from here, so equal pictures are
 * equal bytes whatever fonts a machine has. It is loaded when a PNG is needed, and works in another thread. Not here: drawing (`plots.ts`).
 */
import { createRequire } from 'node:module';
import type { Task } from 'fp-ts/lib/Task.js';

/** Pixels for each unit of the SVG: a picture of 700 units is 7 inches wide at 300 dots per inch. */
export const PNG_SCALE = 3;

/** Arimo has the widths of Arial and Helvetica, which the pictures name first. */
const FONT = '@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf';

export const toPng =
  (svg: string): Task<Uint8Array> =>
  async () => {
    const { renderAsync } = await import('@resvg/resvg-js');
    const image = await renderAsync(svg, {
      fitTo: { mode: 'zoom', value: PNG_SCALE },
      font: {
        loadSystemFonts: false,
        fontFiles: [createRequire(import.meta.url).resolve(FONT)],
        defaultFontFamily: 'Arimo',
        sansSerifFamily: 'Arimo',
      },
    });
    return image.asPng();
  };
