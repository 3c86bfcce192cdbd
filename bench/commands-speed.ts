/**
 * `npm run bench:commands [-- BEFORE]`: what short commands take, in processor time and on the clock, the least of several runs each; BEFORE is the
 * `dist/src/cli/main.js` of another version, which is asked in turn. Writes the table of bench/README.md.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { intoOwnBlock } from './each-backend.js';
import { Unmeasured } from './unmeasured.js';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const TIMES = 4;
const SIZES = '--layers 8 --width 128 --heads 4 --context 64 --batch 16 --vocabulary 65'.split(' ');
const TEXT = 'restrict(even) >> train(1750) >> prolongate >> train(375)';

const COMMANDS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['--help', ['--help']],
  ['runs (without any)', ['runs', 'docs']],
  ['plan, of a text', ['plan', ...SIZES, TEXT]],
  ['draw, of a text', ['draw', ...SIZES, TEXT]],
  ['plan pipelines/demo.ts', ['plan', 'pipelines/demo.ts']],
  ['draw pipelines/demo.ts', ['draw', 'pipelines/demo.ts']],
];

/** Says the process's own time as the last line of its errors. */
const METER = `data:text/javascript,import { writeSync } from 'node:fs';
process.on('exit', () => { const { user, system } = process.cpuUsage(); writeSync(2, '\\n' + (user + system) / 1000); });`;

interface Took {
  readonly processor: number;
  readonly clock: number;
}

const once = (main: string, args: readonly string[]): Took => {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--import', METER, main, ...args], { encoding: 'utf8' });
  const clock = performance.now() - began;
  if (status !== 0) throw new Unmeasured(`vcycle ${args.join(' ')} must end with 0 (was ${status}: ${stderr.trim()})`);
  return { processor: Number(stderr.trim().split('\n').at(-1)), clock };
};

const least = (all: readonly Took[]): Took => ({
  processor: Math.min(...all.map(({ processor }) => processor)),
  clock: Math.min(...all.map(({ clock }) => clock)),
});

const [before] = process.argv.slice(2);
const versions = before === undefined ? [MAIN] : [before, MAIN];
const rows = COMMANDS.map(([name, args]) => {
  const rounds = Array.from({ length: TIMES }, () => versions.map((main) => once(main, args)));
  const [first, last = first] = versions.map((_, index) => least(rounds.flatMap((round) => round[index] ?? [])));
  if (first === undefined || last === undefined) throw new Error('there is at least one version');
  const earlier = before === undefined ? '' : ` ${first.processor.toFixed(0)} |`;
  const ratio = before === undefined ? '' : ` ${(last.processor / first.processor).toFixed(2)}× |`;
  return `| \`${name}\` |${earlier} ${last.processor.toFixed(0)} |${ratio} ${last.clock.toFixed(0)} |`;
});
await intoOwnBlock('bench/README.md', 'bench:commands', [
  before === undefined ? '| command | processor, ms | clock, ms |' : '| command | before, ms | processor, ms | ratio | clock, ms |',
  before === undefined ? '| --- | ---: | ---: |' : '| --- | ---: | ---: | ---: | ---: |',
  ...rows,
]);
