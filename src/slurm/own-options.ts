/**
 * Options of sbatch that nobody else may give: without them a submission is not made or not found again, or its tasks are other ones. Read as sbatch reads
 * them, with getopt: a long name may be cut short, and letters may stand together.
 */

/** `clusters`: squeue would look for the jobs on this one. */
const LONG = [
  ...['array', 'job-name', 'output', 'dependency', 'clusters', 'wrap', 'parsable', 'wait'],
  ...['test-only', 'help', 'usage', 'version'],
];
const SHORT = 'aJodMWhV';
/** Options that take no value, or none in a word of its own. */
const FLAGS = [
  ...['contiguous', 'exclusive', 'get-user-env', 'hold', 'ignore-pbs', 'kill-on-invalid-dep', 'no-kill', 'no-requeue'],
  ...['nice', 'overcommit', 'oversubscribe', 'propagate', 'quiet', 'reboot', 'requeue', 'share', 'spread-job'],
  ...['use-min-nodes', 'verbose'],
];
const SHORT_FLAGS = 'HIOQksv';

/** The letters of a word such as `-Hq`, up to the first that takes the rest, or the next word, as its value. */
const lettersOf = (word: string): { readonly letters: string; readonly rest: string } => {
  const all = word.slice(1);
  const flags = all.length - all.replace(new RegExp(`^[${SHORT_FLAGS}]+`), '').length;
  return { letters: all.slice(0, flags + 1), rest: all.slice(flags + 1) };
};

const isLong = (word: string): boolean => word.startsWith('--');
const nameOf = (word: string): string => word.slice(2).split('=', 1)[0] ?? '';

const isOwn = (word: string): boolean =>
  isLong(word)
    ? LONG.some((name) => nameOf(word) !== '' && name.startsWith(nameOf(word)))
    : [...lettersOf(word).letters].some((letter) => SHORT.includes(letter));

/** Whether the next word may be the value of this one. */
const takesNext = (word: string): boolean => {
  if (isLong(word)) return !word.includes('=') && word !== '--' && !FLAGS.includes(nameOf(word));
  const { letters, rest } = lettersOf(word);
  return rest === '' && !SHORT_FLAGS.includes(letters.slice(-1));
};

/** What is wrong with words that are to be options of sbatch: `own` is vcycle's to say, `stray` is no option and no value of one. */
export type WrongOption = { readonly kind: 'own' | 'stray'; readonly word: string };

/** The first wrong one; undefined where there is none. */
export const wrongOptionIn = (words: readonly string[]): WrongOption | undefined => {
  let valueMayFollow = false;
  for (const word of words) {
    const isOption = word.startsWith('-') && word !== '-';
    if (valueMayFollow && !isOption) {
      valueMayFollow = false;
      continue;
    }
    // sbatch would take it for the script, or what follows it for the script's arguments.
    if (!isOption || word === '--') return { kind: 'stray', word };
    if (isOwn(word)) return { kind: 'own', word: isLong(word) ? `--${nameOf(word)}` : word };
    valueMayFollow = takesNext(word);
  }
  return undefined;
};
