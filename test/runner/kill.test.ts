/**
 * Law 6 against SIGKILL: a run is killed at seeded random moments, in training, in transfers, in the middle of writing a checkpoint, and
 * resumed until it is through; what it leaves is what a run leaves that was never killed.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RandomStream, stream } from '../../src/data/random.js';
import { inTemporaryFolder } from './harness.js';
import { type LeftBehind, leftBehind } from './left-behind.js';
import type { Moment } from './mortal.js';

const SEED = 20250601;
/** Each is killed ten times; two go on at once. */
const RUNS = ['onnx-cpu', 'reference', 'reference', 'reference', 'reference'] as const;
const KILLS_A_RUN = 10;
const AT_ONCE = 2;
const MORTAL = fileURLToPath(new URL('./mortal.js', import.meta.url));

interface Life {
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

const live = (backend: string, folder: string, moment: Moment | null): Promise<Life> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MORTAL, backend, folder, JSON.stringify(moment)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (_code, signal) => resolve({ signal, said }));
  });

const KINDS: readonly Moment['kind'][] = ['event', 'execution', 'checkpoint', 'disk'];

type Counts = Readonly<Record<Moment['kind'], number>>;

/** Kills runs until there were enough deaths, and holds what each leaves to what is expected. Gives what they died at. */
const killed = async (backend: string, folder: string, draws: RandomStream, counts: Counts, expected: LeftBehind): Promise<string[]> => {
  const deaths: string[] = [];
  for (let attempt = 0; deaths.length < KILLS_A_RUN; attempt++) {
    const broken = `${folder}-${attempt}`;
    for (;;) {
      const kind = KINDS[draws.integer(KINDS.length)] ?? 'disk';
      // Early deaths leave more of the run for the next ones.
      const moment = { kind, count: 1 + draws.integer(Math.ceil(counts[kind] / 3)) };
      const { signal, said } = await live(backend, broken, deaths.length < KILLS_A_RUN ? moment : null);
      if (signal === null) {
        assert.equal(JSON.parse(said).outcome, 'finished', said);
        break;
      }
      assert.equal(signal, 'SIGKILL', said);
      deaths.push(said);
    }
    assert.deepEqual(leftBehind(broken), expected, deaths.join('\n'));
  }
  return deaths;
};

describe(`runs that are killed ${RUNS.length * KILLS_A_RUN} times (seed ${SEED})`, () => {
  it('and resumed each time leave what unbroken ones leave, to the bit', () =>
    inTemporaryFolder(async (folder) => {
      const unbroken = async (backend: string): Promise<{ readonly counts: Counts; readonly left: LeftBehind }> => {
        const whole = join(folder, `${backend}-unbroken`);
        const { signal, said } = await live(backend, whole, null);
        assert.equal(signal, null);
        const { outcome, counts } = JSON.parse(said);
        assert.equal(outcome, 'finished');
        return { counts, left: leftBehind(whole) };
      };
      const expected = { 'onnx-cpu': await unbroken('onnx-cpu'), reference: await unbroken('reference') };

      const deaths: string[] = [];
      const waiting = [...RUNS.entries()];
      const work = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const [index, backend] = next;
          const { counts, left } = expected[backend];
          deaths.push(...(await killed(backend, join(folder, `${backend}-${index}`), stream(SEED, 'kills', index), counts, left)));
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
});
