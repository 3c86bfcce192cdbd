/** Options of sbatch that nobody else may give: without them a submission is not found again, or its tasks are other ones. */

const LONG = ['array', 'job-name', 'output', 'wrap', 'parsable', 'wait', 'test-only'].map((name) => `--${name}`);
const SHORT = ['-a', '-J', '-o', '-W'] as const;

/** The first of them among some words, as it was written, without its value. */
export const ownOptionIn = (words: readonly string[]): string | undefined =>
  words.map((word) => word.split('=', 1)[0] ?? '').find((name) => LONG.includes(name) || SHORT.some((short) => name.startsWith(short)));
