/**
 * Where a text may be cut without another token coming out, for the patterns of tiktoken's encodings. None of them looks behind, and each has places
 * where a word certainly ends: after a character that is no blank before a space; after a letter or digit before a line break; between letters
 * and digits; between a digit and a sign. What begins there is the same tokens wherever it is, and a text is its pieces one after the other. Beyond
 * ASCII the rule looks at no Unicode table, which would differ between versions. Not here: the patterns themselves, which the package `tiktoken`
 * matches.
 */

/**
 * `common` holds for every encoding. `gpt2` is about the pattern of GPT-2 (and p50k), where signs and letters are always apart but for the apostrophe
 * of a contraction; later patterns have words that begin with a sign.
 */
export type PieceRule = 'common' | 'gpt2';

const SPACE = 0x20;
const LINE_FEED = 0x0a;
const APOSTROPHE = 0x27;
const ASCII = 128;

/** Certainly no blank in any version of Unicode. (U+FEFF is one in JavaScript alone; the blanks above U+00A0 lie from U+1680 to U+3000.) */
const isSolid = (unit: number): boolean =>
  (unit > SPACE && unit < 0x7f) || (unit > 0xa0 && unit < 0x1680) || (unit > 0x3000 && unit !== 0xfeff);

const isLetter = (unit: number): boolean => (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a);
const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;
/** Of ASCII; the apostrophe, which may begin a contraction, not among them. */
const isSign = (unit: number): boolean => unit > SPACE && unit < 0x7f && unit !== APOSTROPHE && !isLetter(unit) && !isDigit(unit);

const cuts = (rule: PieceRule, before: number, after: number): boolean => {
  if (after === SPACE) return isSolid(before);
  if (after === LINE_FEED) return isLetter(before) || isDigit(before) || (rule === 'gpt2' && isSolid(before));
  if (isLetter(before)) return isDigit(after) || isSign(after) || (rule === 'gpt2' && after === APOSTROPHE);
  if (isDigit(before)) return isLetter(after) || isSign(after) || after === APOSTROPHE;
  return isSign(before) && (isDigit(after) || (rule === 'gpt2' && isLetter(after)));
};

const tableOf = (rule: PieceRule): Uint8Array =>
  Uint8Array.from({ length: ASCII * ASCII }, (_, pair) => (cuts(rule, Math.floor(pair / ASCII), pair % ASCII) ? 1 : 0));

const tables: Readonly<Record<PieceRule, Uint8Array>> = { common: tableOf('common'), gpt2: tableOf('gpt2') };

/** Whether a text may be cut between two UTF-16 units, by a rule. */
export const cutter = (rule: PieceRule): ((before: number, after: number) => boolean) => {
  const table = tables[rule];
  return (before, after) => (before < ASCII && after < ASCII ? table[before * ASCII + after] === 1 : after === SPACE && isSolid(before));
};

const cutsBetween = cutter('common');

/**
 * The last place, at most `from`, where the text may be cut for every encoding; 0 where there is none.
 *
 * @example
 * lastCut('one two three', 9) // 7
 */
export const lastCut = (text: string, from: number): number => {
  for (let at = Math.min(from, text.length - 1); at > 0; at--) if (cutsBetween(text.charCodeAt(at - 1), text.charCodeAt(at))) return at;
  return 0;
};
