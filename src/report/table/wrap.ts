/** Wraps text for a narrow column: where the text of a stage, a sentence or prose breaks into lines. Not here: tables. */

/**
 * Where a line may break, best first: after a space, except that after an option's name; after the outermost parenthesis; after any parenthesis or an
 * option's name; anywhere.
 */
const BREAKS = [/(?<=[^:\s]\s+)(?=\S)/, /(?<=^[^(]*\()/, /(?<=\()|(?<=:\s+)(?=\S)/] as const;

const cut = (text: string, room: number): readonly string[] =>
  Array.from({ length: Math.ceil(text.length / room) }, (_, part) => text.slice(part * room, (part + 1) * room));

/** Pieces that fit, with breaks no finer than necessary. */
const pieces = (text: string, room: number, [first, ...finer]: readonly RegExp[]): readonly string[] => {
  if (text.trimEnd().length <= room) return [text];
  return first === undefined ? cut(text.trimEnd(), room) : text.split(first).flatMap((part) => pieces(part, room, finer));
};

/**
 * Lines of at most `width` characters, all with the indentation of the first. Text without a place to break is broken anywhere rather than cut off.
 *
 * @param hangingIndent the additional indentation of the lines after the first.
 * @example
 * wrap('prolongate(correction: 0.5)', 20) // 'prolongate(\ncorrection: 0.5)'
 */
export const wrap = (text: string, width: number, hangingIndent = 0): string => {
  if (text.length <= width) return text;
  const indentation = /^ */.exec(text)?.[0].slice(0, Math.floor(width / 2)) ?? '';
  const room = width - indentation.length - hangingIndent;
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces(text.trim(), room, BREAKS)) {
    const free = lines.length === 0 ? room + hangingIndent : room;
    if (line !== '' && (line + piece).trimEnd().length > free) {
      lines.push(line);
      line = piece;
    } else line += piece;
  }
  return [...lines, line].map((each, index) => indentation + ' '.repeat(index === 0 ? 0 : hangingIndent) + each.trimEnd()).join('\n');
};

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The parts of a word that must not be broken: a letter with its combining marks, and a character's number, `<U+001B>` (`src/visible.ts`). */
const inseparable = (word: string): readonly string[] =>
  word
    .split(/(<U\+[0-9A-F]{4,6}>)/)
    .flatMap((part, index) => (index % 2 === 1 ? [part] : [...graphemes.segment(part)].map(({ segment }) => segment)));

/** Parts of at most `width` characters; a letter and its combining marks stay together, and so does a character's number. */
const chopped = (word: string, width: number): readonly string[] => {
  if (word.length <= width) return [word];
  const parts: string[] = [''];
  for (const segment of inseparable(word)) {
    const last = parts.length - 1;
    if (parts[last] !== '' && `${parts[last]}${segment}`.length > width) parts.push(segment);
    else parts[last] += segment;
  }
  return parts;
};

/**
 * Running text, such as a sample: its own line breaks stay, and a line of more than `width` characters breaks at a space; a longer word breaks within.
 *
 * @example
 * wrapProse('in the beginning\nwas', 10) // 'in the\nbeginning\nwas'
 */
export const wrapProse = (text: string, width: number): string =>
  text
    .split('\n')
    .flatMap((own) => {
      const lines: string[] = [];
      let line = '';
      for (const word of own.match(/\s*\S+|\s+$/g) ?? []) {
        if ((line + word).trimEnd().length <= width) {
          line += word;
          continue;
        }
        if (line !== '') lines.push(line.trimEnd());
        const parts = chopped(line === '' ? word : word.trimStart(), width);
        lines.push(...parts.slice(0, -1));
        line = parts.at(-1) ?? '';
      }
      return [...lines, line];
    })
    .join('\n');
