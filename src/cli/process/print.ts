/**
 * What commands print, and the only place that does: results on stdout, progress and messages on stderr. Whatever came from elsewhere (a file's name,
 * a key, a stage, a tensor, a sample) is shown and never obeyed by the terminal. Not here: how a command ends (`exit.ts`), a stream that goes
 * away (`output.ts`), lines that are redrawn (`src/report/run/progress.ts`).
 */
import { visible, visibleLines } from '../../visible.js';

/** Data for a program, as it is. */
export const printData = (data: string): void => {
  process.stdout.write(data);
};

/** Tables and sentences. */
export const printText = (text: string): void => printData(`${visibleLines(text)}\n`);

/** Characters that JSON leaves as they are and a terminal obeys, or that turn the order of others. */
const OBEYED = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** JSON with those escaped: the same value. */
export const safeJson = (json: string): string =>
  json.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

export const printJson = (value: unknown): void => printData(`${safeJson(JSON.stringify(value, undefined, 2))}\n`);

/** A part of a line on stderr. */
export const sayPart = (part: string): void => {
  process.stderr.write(part);
};

/** A message. */
export const say = (message: string): void => sayPart(`${visibleLines(message)}\n`);

/** One line: a message of a library may hold several. */
const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ');

/** What is wrong, in one line. */
export const complain = (message: string): void => sayPart(`vcycle: ${visible(oneLine(message))}\n`);
