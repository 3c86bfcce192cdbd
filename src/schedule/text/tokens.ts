/**
 * The tokens of the text form: `(`, `)`, `[`, `]`, `,`, `:`, `|`, `>>`, strings in double quotes (as JSON writes them), and sequences of anything else
 * between blanks. Not here: their meaning.
 */

export interface Token {
  /** As written; empty at the end of the text. */
  readonly word: string;
  /** 0-based position of its first character. */
  readonly start: number;
  readonly end: number;
}

const pattern = /"(?:[^"\\\r\n]|\\.)*"|>>|[()[\],:|>]|[^ \t\r\n()[\],:|>]+/y;
const blanks = /[ \t\r\n]*/y;

/** The token at or after a position. Blanks are space, tab, carriage return and newline. */
export const tokenAt = (text: string, from: number): Token => {
  blanks.lastIndex = from;
  const start = from + (blanks.exec(text)?.[0].length ?? 0);
  pattern.lastIndex = start;
  const word = pattern.exec(text)?.[0] ?? '';
  return { word, start, end: start + word.length };
};

export const isWord = (token: Token): boolean => token.word !== '' && !/^[()[\],:|>]/.test(token.word);

/** How a sentence names what it found. */
export const shown = (token: Token): string =>
  token.word === '' ? 'the end of the text' : token.word.startsWith('"') ? token.word : `"${token.word}"`;
