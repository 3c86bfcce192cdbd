/**
 * Where a text may be cut without changing its tokens, for the patterns of tiktoken's encodings. None of them has a lookbehind, and each has
 * positions where a word certainly ends: between a non-blank character and a space; between a letter or digit and a line break; between letters and
 * digits; between a digit and a sign. What begins there has the same tokens wherever it is, so the tokens of a text are those of its pieces in
 * sequence. Beyond ASCII the rule uses no Unicode tables, which differ between versions. Not here: the patterns themselves, which the package
 * `tiktoken` matches.
 */

/**
 * `common` holds for every encoding. `gpt2` is for the pattern of GPT-2 (and p50k), which always separates signs and letters except for the
 * apostrophe of a contraction; later patterns have words that begin with a sign.
 */
export type PieceRule = 'common' | 'gpt2';

const SPACE = 0x20;
const LINE_FEED = 0x0a;
const TAB = 0x09;
const APOSTROPHE = 0x27;
const ASCII = 128;

/**
 * Certainly not white space in any version of Unicode. (U+FEFF is white space only in JavaScript; white space above U+00A0 is between U+1680 and
 * U+3000.)
 */
const isSolid = (unit: number): boolean =>
  (unit > SPACE && unit < 0x7f) || (unit > 0xa0 && unit < 0x1680) || (unit > 0x3000 && unit !== 0xfeff);

const isLetter = (unit: number): boolean => (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a);
const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;
/** Of ASCII, without the apostrophe, which may begin a contraction. */
const isSign = (unit: number): boolean => unit > SPACE && unit < 0x7f && unit !== APOSTROPHE && !isLetter(unit) && !isDigit(unit);

const cuts = (rule: PieceRule, before: number, after: number): boolean => {
  if (after === SPACE) return isSolid(before);
  if (after === LINE_FEED) return isLetter(before) || isDigit(before) || (rule === 'gpt2' && isSolid(before));
  if (isLetter(before)) return isDigit(after) || isSign(after) || (rule === 'gpt2' && after === APOSTROPHE);
  if (isDigit(before)) return isLetter(after) || isSign(after) || after === APOSTROPHE;
  return isSign(before) && (isDigit(after) || (rule === 'gpt2' && isLetter(after)));
};

/** White space that no word of GPT-2's begins with: its pattern takes ` ?`, a space alone. */
const isBlankAlone = (unit: number): boolean => unit === LINE_FEED || unit === TAB;
const isBlank = (unit: number): boolean => unit === SPACE || isBlankAlone(unit);

/** Whether a text may be cut between two units of ASCII: never, always, or where what follows them is solid. */
const NEVER = 0;
const ALWAYS = 1;
const BEFORE_SOLID = 2;

/**
 * White space by GPT-2's pattern: of several blanks before something else the last is apart from the others (`\s+(?!\S)`); a word takes it if it is a
 * space, and is apart from it otherwise.
 */
const cutOf = (rule: PieceRule, before: number, unit: number): number => {
  if (cuts(rule, before, unit)) return ALWAYS;
  if (rule === 'common' || !isBlank(before)) return NEVER;
  if (isBlank(unit)) return BEFORE_SOLID;
  return isBlankAlone(before) && isSolid(unit) ? ALWAYS : NEVER;
};

const tableOf = (rule: PieceRule): Uint8Array =>
  Uint8Array.from({ length: ASCII * ASCII }, (_, pair) => cutOf(rule, Math.floor(pair / ASCII), pair % ASCII));

const tables: Readonly<Record<PieceRule, Uint8Array>> = { common: tableOf('common'), gpt2: tableOf('gpt2') };

/** Whether a rule allows a cut between two UTF-16 units, of which it is told the one after them as well; 0 at the end. */
export const cutter = (rule: PieceRule): ((before: number, unit: number, after: number) => boolean) => {
  const table = tables[rule];
  return (before, unit, after) => {
    if (before >= ASCII || unit >= ASCII)
      return unit === SPACE ? isSolid(before) : rule === 'gpt2' && isBlankAlone(before) && isSolid(unit);
    const cut = table[before * ASCII + unit];
    return cut === ALWAYS || (cut === BEFORE_SOLID && isSolid(after));
  };
};

/** What a word of GPT-2's pattern may consist of, beside a space before it. */
const OTHER = 0;
const classes = Uint8Array.from({ length: ASCII }, (_, unit) => {
  if (isLetter(unit)) return 1;
  if (isDigit(unit)) return 2;
  if (isSign(unit)) return 3;
  return isBlank(unit) ? 4 : OTHER;
});
const classOf = (unit: number): number => classes[unit] ?? OTHER;

export const isAscii = (units: Uint16Array, begin: number, end: number): boolean => {
  for (let at = begin; at < end; at++) if ((units[at] ?? 0) >= ASCII) return false;
  return true;
};

/**
 * Whether a piece that was cut by the rule `gpt2` is certainly one word of its pattern, and of ASCII: letters, digits or signs alone, with at most one
 * space before them, or blanks (which the rule cuts before the last where something solid follows).
 */
export const isAsciiWord = (units: Uint16Array, begin: number, end: number): boolean => {
  const first = begin + 1 < end && units[begin] === SPACE ? begin + 1 : begin;
  const kind = classOf(units[first] ?? 0);
  if (kind === OTHER) return false;
  for (let at = first + 1; at < end; at++) if (classOf(units[at] ?? 0) !== kind) return false;
  return true;
};

const cutsBetween = cutter('common');

/**
 * The last position, at most `from`, where the text may be cut for every encoding; 0 where there is none.
 *
 * @example
 * lastCut('one two three', 9) // 7
 */
export const lastCut = (text: string, from: number): number => {
  for (let at = Math.min(from, text.length - 1); at > 0; at--) if (cutsBetween(text.charCodeAt(at - 1), text.charCodeAt(at), 0)) return at;
  return 0;
};
