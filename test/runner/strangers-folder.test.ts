/** A run folder that came from elsewhere: whatever in it is a link, going on with the run changes nothing that it leads to. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import { hastyDisk, inTemporaryFolder, nullBackend, right } from './harness.js';
import { MORTAL_VOCABULARY, mortalSchedule } from './mortal-schedule.js';

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

/** Where a run has, or makes, a file or a folder; and how going on ends where a link is in its place. */
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
