/**
 * The only place that prints for commands: results on stdout, progress and messages on stderr. Text from elsewhere (a file's name, a key, a stage, a
 * tensor, a sample) is escaped, so that the terminal shows it and never interprets it. Not here: how a command ends (`exit.ts`), a stream that fails
 * (`output.ts`), lines that are redrawn (`src/report/run/progress.ts`).
 */
import { visible, visibleLines } from '../../visible.js';

/** Prints data for another program, unchanged. */
export const printData = (data: string): void => {
  process.stdout.write(data);
};

/** Prints tables and sentences. */
export const printText = (text: string): void => printData(`${visibleLines(text)}\n`);

/** Characters that JSON does not escape but a terminal interprets, or that change the direction of text. */
const OBEYED = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** JSON with those characters escaped; the value is the same. */
export const safeJson = (json: string): string =>
  json.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

export const printJson = (value: unknown): void => printData(`${safeJson(JSON.stringify(value, undefined, 2))}\n`);

/** Prints a part of a line on stderr. */
export const sayPart = (part: string): void => {
  process.stderr.write(part);
};

/** Prints a message on stderr. */
export const say = (message: string): void => sayPart(`${visibleLines(message)}\n`);

/** Joins the lines of a message: those of libraries may have several. */
const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ');

/** Prints what is wrong, in one line. */
export const complain = (message: string): void => sayPart(`vcycle: ${visible(oneLine(message))}\n`);
