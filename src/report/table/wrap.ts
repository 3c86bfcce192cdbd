/** Text in a column that is too narrow for it: where its lines break. Not here: tables. */

/**
 * Where a line may break, best first: after a blank, unless that is an option's; after the outermost parenthesis; after any, or an option's
 * name; anywhere.
 */
const BREAKS = [/(?<=[^:\s]\s+)(?=\S)/, /(?<=^[^(]*\()/, /(?<=\()|(?<=:\s+)(?=\S)/] as const;

const cut = (text: string, room: number): readonly string[] =>
  Array.from({ length: Math.ceil(text.length / room) }, (_, part) => text.slice(part * room, (part + 1) * room));

/** Pieces that fit, broken no finer than they must be. */
const pieces = (text: string, room: number, [first, ...finer]: readonly RegExp[]): readonly string[] => {
  if (text.trimEnd().length <= room) return [text];
  return first === undefined ? cut(text.trimEnd(), room) : text.split(first).flatMap((part) => pieces(part, room, finer));
};

/**
 * Lines of at most `width` characters; the indentation of the first is that of all. What has no place to break is broken anywhere rather than
 * cut off.
 *
 * @param hang by how much the lines after the first are indented further.
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
