/**
 * Law 6 against SIGKILL: a run is killed at seeded random moments, in training, in transfers, in the middle of writing a checkpoint, and
 * resumed until it is through; what it leaves is what a run leaves that was never killed.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RandomStream, stream } from '../../src/data/random.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { inTemporaryFolder } from './harness.js';
import { type LeftBehind, leftBehind } from './left-behind.js';
import type { Moment } from './mortal.js';
import type { MortalName } from './mortal-schedule.js';

const SEED = 20250601;
/** Each is killed ten times; two continue at once. */
const RUNS: readonly (readonly [schedule: MortalName, backend: string])[] = [
  ['plain', 'onnx-cpu'],
  ['corrected', 'onnx-cpu'],
  ['plain', 'reference'],
  ['corrected', 'reference'],
  ['watched', 'reference'],
];
const KILLS_A_RUN = 10;
const AT_ONCE = 2;
const MORTAL = fileURLToPath(new URL('./mortal.js', import.meta.url));

interface Life {
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

/** A run: its schedule, its backend, its folder. */
type Kept = readonly [schedule: MortalName, backend: string, folder: string];

const live = (kept: Kept, moment: Moment | null): Promise<Life> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MORTAL, ...kept, JSON.stringify(moment)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (_code, signal) => resolve({ signal, said }));
  });

const KINDS: readonly Moment['kind'][] = ['event', 'execution', 'checkpoint', 'disk'];

interface Unbroken {
  /** How many moments of each kind such a run has. */
  readonly counts: Readonly<Record<Moment['kind'], number>>;
  readonly left: LeftBehind;
}

/** Kills runs until there were enough deaths, and holds what each leaves to what is expected. Gives what they died at. */
const killed = async ([schedule, backend, folder]: Kept, draws: RandomStream, { counts, left }: Unbroken): Promise<string[]> => {
  const deaths: string[] = [];
  for (let attempt = 0; deaths.length < KILLS_A_RUN; attempt++) {
    const broken = `${folder}-${attempt}`;
    for (;;) {
      const kind = KINDS[draws.integer(KINDS.length)] ?? 'disk';
      // Early deaths leave more of the run for the next ones.
      const moment = { kind, count: 1 + draws.integer(Math.ceil(counts[kind] / 3)) };
      const { signal, said } = await live([schedule, backend, broken], deaths.length < KILLS_A_RUN ? moment : null);
      if (signal === null) {
        assert.equal(JSON.parse(said).outcome, 'finished', said);
        break;
      }
      assert.equal(signal, 'SIGKILL', said);
      deaths.push(said);
    }
    assert.deepEqual(leftBehind(broken), left, deaths.join('\n'));
  }
  return deaths;
};

describe(`runs that are killed ${RUNS.length * KILLS_A_RUN} times (seed ${SEED})`, () => {
  it('and resumed each time leave what unbroken ones leave, to the bit', () =>
    inTemporaryFolder(async (folder) => {
      const unbroken = async (schedule: MortalName, backend: string): Promise<Unbroken> => {
        const whole = join(folder, `${schedule}-${backend}-unbroken`);
        const { signal, said } = await live([schedule, backend, whole], null);
        assert.equal(signal, null);
        const { outcome, counts } = JSON.parse(said);
        assert.equal(outcome, 'finished');
        return { counts, left: leftBehind(whole) };
      };
      const expected = new Map<string, Unbroken>();
      for (const run of RUNS) if (!expected.has(run.join())) expected.set(run.join(), await unbroken(...run));

      const deaths: string[] = [];
      const waiting = [...RUNS.entries()];
      const work = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const [index, run] = next;
          const whole = expected.get(run.join()) ?? assert.fail(run.join());
          deaths.push(...(await killed([...run, join(folder, `killed-${index}`)], stream(SEED, 'kills', index), whole)));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      assert.equal(deaths.length, RUNS.length * KILLS_A_RUN);
      for (const pattern of [/^execute training-step/, /^execute (?!training-step|evaluation)/, /^write .*checkpoints.*\.part/])
        assert.ok(
          deaths.some((death) => pattern.test(death)),
          `none died at ${pattern}:\n${deaths.join('\n')}`,
        );
    })).timeout(600_000);

  it('killed between the last transfer and the evaluation of what it leads to, or in that evaluation, it reports that network all the same', () =>
    inTemporaryFolder(async (folder) => {
      const kept = (name: string): Kept => ['transferred', 'reference', join(folder, name)];
      const { counts, outcome } = JSON.parse((await live(kept('unbroken'), null)).said);
      assert.equal(outcome, 'finished');
      const whole = leftBehind(join(folder, 'unbroken'));
      const events = readFileSync(join(folder, 'unbroken', RUN_FILES.events), 'utf8').split('\n');
      const transferred = events.findLastIndex((line) => line.includes('"kind":"transferred"'));
      assert.match(events[transferred + 1] ?? '', /"kind":"evaluated"/);
      for (const [name, moment, said] of [
        ['before', { kind: 'event', count: transferred + 1 }, 'event transferred'],
        ['within', { kind: 'execution', count: counts.execution }, 'execute evaluation'],
        ['after', { kind: 'event', count: transferred + 2 }, 'event evaluated'],
      ] as const) {
        const life = await live(kept(name), moment);
        assert.equal(life.signal, 'SIGKILL');
        assert.ok(life.said.startsWith(said), life.said);
        assert.equal((await live(kept(name), null)).signal, null);
        assert.deepEqual(leftBehind(join(folder, name)), whole);
      }
    })).timeout(120_000);
});
