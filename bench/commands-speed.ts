/**
 * `npm run bench:commands [-- BEFORE]`: what short commands take as a whole: processor time, the least of several runs, and the clock, the median of
 * more; BEFORE is the `dist/src/cli/main.js` of another version, which is asked in turn. Writes the table of bench/README.md.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { intoOwnBlock } from './each-backend.js';
import { median } from './median.js';
import { Unmeasured } from './unmeasured.js';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const TIMES = 4;
const TIMES_BY_CLOCK = 15;
const SIZES = '--layers 8 --width 128 --heads 4 --context 64 --batch 16 --vocabulary 65'.split(' ');
const TEXT = 'restrict(even) >> train(1750) >> prolongate >> train(375)';

const OTHER = 'restrict(odd) >> train(1750) >> prolongate >> train(375)';
const PICTURE = join(tmpdir(), `vcycle-bench-${process.pid}`);

const COMMANDS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['--help', ['--help']],
  ['runs (without any)', ['runs', 'docs']],
  ['plan, of a text', ['plan', ...SIZES, TEXT]],
  ['draw, of a text', ['draw', ...SIZES, TEXT]],
  ['draw, of two texts', ['draw', ...SIZES, TEXT, OTHER]],
  ['draw, of a text, --out SVG', ['draw', ...SIZES, TEXT, '--out', `${PICTURE}.svg`]],
  ['draw, of a text, --out PNG', ['draw', ...SIZES, TEXT, '--out', `${PICTURE}.png`]],
  ['plan pipelines/demo.ts', ['plan', 'pipelines/demo.ts']],
  ['draw pipelines/demo.ts', ['draw', 'pipelines/demo.ts']],
];

/** Says the process's own time as the last line of its errors. */
const METER = `data:text/javascript,import { writeSync } from 'node:fs';
process.on('exit', () => { const { user, system } = process.cpuUsage(); writeSync(2, '\\n' + (user + system) / 1000); });`;

const ended = (main: string, name: string, args: readonly string[], ...before: readonly string[]): string => {
  const { status, stderr } = spawnSync(process.execPath, [...before, main, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Unmeasured(`vcycle ${name} must end with 0 (was ${status}: ${stderr.trim()})`);
  return stderr;
};

/** Milliseconds of processors. */
const processorOf = (main: string, name: string, args: readonly string[]): number =>
  Number(ended(main, name, args, '--import', METER).trim().split('\n').at(-1));

/** Milliseconds. */
const clockOf = (main: string, name: string, args: readonly string[]): number => {
  const began = performance.now();
  ended(main, name, args);
  return performance.now() - began;
};

const [before] = process.argv.slice(2);
const versions = before === undefined ? [MAIN] : [before, MAIN];
const rows = COMMANDS.map(([name, args]) => {
  // The first run compiles, and keeps what it compiled.
  for (const main of versions) clockOf(main, name, args);
  const rounds = Array.from({ length: TIMES }, () => versions.map((main) => processorOf(main, name, args)));
  const [first = 0, last = first] = versions.map((_, index) => Math.min(...rounds.map((round) => round[index] ?? 0)));
  const clocks = Array.from({ length: TIMES_BY_CLOCK }, () => clockOf(MAIN, name, args));
  const earlier = before === undefined ? '' : ` ${first.toFixed(0)} |`;
  const ratio = before === undefined ? '' : ` ${(last / first).toFixed(2)}× |`;
  return `| \`${name}\` |${earlier} ${last.toFixed(0)} |${ratio} ${median(clocks).toFixed(0)} |`;
});
for (const ending of ['svg', 'png']) rmSync(`${PICTURE}.${ending}`, { force: true });
await intoOwnBlock('bench/README.md', 'bench:commands', [
  before === undefined ? '| command | processor, ms | clock, ms |' : '| command | before, ms | processor, ms | ratio | clock, ms |',
  before === undefined ? '| --- | ---: | ---: |' : '| --- | ---: | ---: | ---: | ---: |',
  ...rows,
]);
