/** A run folder that came from elsewhere: whatever in it is a link, continuing the run changes nothing that it leads to. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { joined } from '../../src/byte-pieces.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/runner/checkpoints/checkpoint.js';
import type { Checkpoint } from '../../src/runner/checkpoints/saved-state.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import { hastyDisk, inTemporaryFolder, nullBackend, right } from './harness.js';
import { MORTAL_VOCABULARY, mortalSchedule } from './mortal-schedule.js';

const SEED = 20250703;

const data = tokensDataset(MORTAL_VOCABULARY);
const checkpoints = { every: 2, keep: 2 };

/** Every file under a folder, with what is in it. */
const contents = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true })
      .map((name) => join(folder, String(name)))
      .filter((path) => statSync(path).isFile())
      .map((path): [string, string] => [path, readFileSync(path, 'latin1')]),
  );

/** A run that was stopped after some steps. */
const stoppedRun = async (folder: string): Promise<void> => {
  const controller = new AbortController();
  const listeners = [({ kind, step }: { kind: string; step?: number }) => kind === 'step' && step === 5 && controller.abort()];
  const how = { backend: await nullBackend(), listeners, checkpoints, signal: controller.signal };
  const { outcome } = right(await run(mortalSchedule, data, { ...how, folder: onDisk(folder, hastyDisk) })());
  assert.equal(outcome.kind, 'interrupted');
};

/** Where a run has, or makes, a file or a folder; and how continuing ends where a link is in its place. */
const PLACES: readonly (readonly [name: string, ends: 'finished' | 'refused'])[] = [
  ['schedule.json', 'finished'],
  ['summary.json', 'finished'],
  ['events.jsonl', 'refused'],
  ['checkpoints', 'refused'],
  ['model', 'refused'],
  ['checkpoints/step-00000005.safetensors', 'finished'],
  ['model/model.safetensors', 'finished'],
  ['summary.json.part', 'finished'],
  ['checkpoints/step-00000006.safetensors', 'finished'],
  ['checkpoints/step-00000006.safetensors.part', 'finished'],
  ['model/config.json.part', 'finished'],
  ['running-1-1.json', 'finished'],
];

type Path = readonly (string | number)[];

/** Every place in a value. */
const placesIn = (value: unknown, path: Path = []): readonly Path[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, Array.isArray(value) ? Number(key) : key]))]
    : [path];

const put = (value: unknown, [key, ...rest]: Path, other: unknown): unknown => {
  if (key === undefined) return other;
  if (Array.isArray(value)) return value.map((inner, index) => (index === key ? put(inner, rest, other) : inner));
  return { ...(value as object), [key]: put((value as Record<string, unknown>)[key], rest, other) };
};

describe('a checkpoint of a stranger', () => {
  const NAME = 'checkpoints/step-00000005.safetensors';

  /** What continuing the run comes to, once its newest checkpoint was changed; its checksum is right again. */
  const goneOnWith = (change: (checkpoint: Checkpoint) => Checkpoint): Promise<{ said: string; passedOver: readonly string[] }> =>
    inTemporaryFolder(async (parent) => {
      const [folder, outside] = [join(parent, 'a', 'b', 'c', 'run'), join(parent, 'outside')];
      mkdirSync(outside);
      await stoppedRun(folder);
      const path = join(folder, NAME);
      writeFileSync(path, joined(encodeCheckpoint(change(right(decodeCheckpoint(readFileSync(path)))))));
      const passedOver: string[] = [];
      const listeners = [
        (event: RunEvent) => event.kind === 'run-resumed' && passedOver.push(...event.passedOver.map(({ reason }) => reason)),
      ];
      const resumed = await resume(data, { backend: await nullBackend(), listeners, checkpoints, folder: onDisk(folder, hastyDisk) })();
      assert.deepEqual([readdirSync(parent), readdirSync(outside)], [['a', 'outside'], []]);
      return { said: E.isLeft(resumed) ? resumed.left.message : resumed.right.outcome.kind, passedOver };
    });

  for (const [what, change, reason] of [
    [
      'a place that is no number',
      (saved: Checkpoint) => ({ ...saved, place: { ...saved.place, step: '/../../../../outside/x' as unknown as number } }),
      /place\.step must be integer/,
    ],
    [
      'a place beyond its schedule',
      (saved: Checkpoint) => ({ ...saved, place: { ...saved.place, stage: 99 } }),
      /it is of stage 100, and there are 5/,
    ],
    [
      'a place before its steps',
      (saved: Checkpoint) => ({ ...saved, place: { ...saved.place, stageStep: 1, step: 4 } }),
      /5 steps before it/,
    ],
    ['a level too few', (saved: Checkpoint) => ({ ...saved, levels: saved.levels.slice(0, 1) }), /its levels and branches are not those/],
    [
      'a tensor too few',
      (saved: Checkpoint) => ({ ...saved, tensors: new Map([...saved.tensors].filter(([name]) => name !== 'norm.weight')) }),
      /it lacks the tensor norm\.weight/,
    ],
    [
      'a tensor of another shape',
      (saved: Checkpoint) => ({
        ...saved,
        tensors: new Map([...saved.tensors, ['norm.weight', { dtype: 'F32', shape: [1], data: Float32Array.of(1) } as const]]),
      }),
      /its tensor norm\.weight must be numbers of shape \[4\] \(was F32 of \[1\]\)/,
    ],
  ] as const)
    it(`with ${what} is passed over, and says why`, async () => {
      const { said, passedOver } = await goneOnWith(change);
      assert.equal(said, 'finished');
      assert.match(passedOver[0] ?? '', reason);
    });

  it('that is as it was is where the run continues', async () => {
    assert.deepEqual(await goneOnWith((saved) => saved), { said: 'finished', passedOver: [] });
  });

  it(`altered in any one value ends in a sentence or a run, and writes nothing elsewhere (seed ${SEED})`, async () => {
    const other = fc.constantFrom(null, true, '', '../../x', [], {}, -1, 0.5, 3, 1e308, 2 ** 53);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('place', 'levels', 'updates', 'branches', 'memory'), fc.nat(), other, async (part, at, value) => {
        const { said } = await goneOnWith((saved) => {
          const places = placesIn(saved[part]);
          return { ...saved, [part]: put(saved[part], places[at % places.length] ?? [], value) };
        });
        assert.match(said, /^(finished|.*step-00000005.*)$/s);
      }),
      { seed: SEED, numRuns: 40 },
    );
  }).timeout(120_000);
});

describe('a run folder of a stranger', () => {
  for (const [name, ends] of PLACES)
    it(`with a link for ${name}: ${ends}, and what the link leads to is as it was`, () =>
      inTemporaryFolder(async (parent) => {
        const [folder, outside] = [join(parent, 'run'), join(parent, 'outside')];
        await stoppedRun(folder);
        mkdirSync(outside);
        const [here, there] = [join(folder, name), join(outside, 'target')];
        if (existsSync(here)) renameSync(here, there);
        else writeFileSync(there, 'somebody else’s');
        // What would be swept away as half-written, were it in the run's own folder.
        if (statSync(there).isDirectory()) writeFileSync(join(there, 'mine.part'), '');
        symlinkSync(there, here);
        const before = contents(outside);
        const resumed = await resume(data, {
          backend: await nullBackend(),
          listeners: [],
          checkpoints,
          folder: onDisk(folder, hastyDisk),
        })();
        assert.deepEqual(contents(outside), before);
        if (ends === 'finished') assert.equal(right(resumed).outcome.kind, 'finished');
        else {
          assert.ok(E.isLeft(resumed));
          assert.equal(resumed.left.kind, 'input');
          assert.match(resumed.left.message, new RegExp(`${name}.* link`));
        }
      }));
});
