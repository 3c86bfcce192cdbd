/**
 * A picture that was drawn as SVG text, as a PNG for slides and papers. resvg comes ready for each platform and is given its font, so equal pictures
 * are equal bytes whatever fonts a machine has. It is loaded when a PNG is asked for, and works beside this thread. Not here: drawing (`plots.ts`).
 */
import { createRequire } from 'node:module';
import type { Task } from 'fp-ts/lib/Task.js';

/** Pixels a unit of the SVG: a picture of 700 units is 7 inches wide at 300 dots an inch. */
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
