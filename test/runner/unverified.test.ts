/** What a program may give that nobody has verified: the same sentences as the verifier's, and nothing begins. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { even, gpt, pipeline, prolongate, restrict, sgd, tokens, train } from '../../dsl/index.js';
import { tokensDataset } from '../../src/data/dataset.js';
import type { Invalid } from '../../src/invalid.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { run } from '../../src/runner/run.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { inTemporaryFolder, nullBackend } from './harness.js';

const VOCABULARY = 11;

/** Numbers that the compiler does not know. */
const unknown = (value: number): number => value;
const setupOf = (layers: number, heads = 2) => ({
  model: gpt({ layers, heads, width: 16, context: 8 }),
  data: tokens(VOCABULARY),
  optimizer: sgd(),
  batch: 2,
  seed: 1,
});

const given: readonly (readonly [string, Schedule | Invalid, RegExp])[] = [
  ['an odd depth', pipeline(setupOf(unknown(3)), restrict(even), train(2), prolongate), /divisible by 2 \(was 3\)/],
  ['half a step', pipeline(setupOf(2), train(unknown(0.5))), /must be an integer >= 1 \(was 0\.5\)/],
  ['steps below zero', pipeline(setupOf(2), train(unknown(-2))), /must be an integer >= 1 \(was -2\)/],
  [
    'an end on a coarse level',
    pipeline(setupOf(unknown(4)), 'restrict(even) >> train(2)' as string),
    /must end on level 0 \(was level 1\)/,
  ],
  ['heads that do not divide the width', pipeline(setupOf(2, unknown(3)), train(1)), /heads/],
  ['a text that does not parse', pipeline(setupOf(2), 'tran(3)' as string), /unknown stage "tran"/],
];

describe('what nobody has verified', () => {
  for (const [what, schedule, sentence] of given)
    it(`is refused by plan and run with the verifier's sentence: ${what}`, () =>
      inTemporaryFolder(async (folder) => {
        const backend = await nullBackend();
        const refused = E.swap(verify(schedule));
        assert.match(E.isRight(refused) ? refused.right.message : 'accepted', sentence);
        const { capabilities } = backend;
        assert.deepEqual(E.swap(planSchedule(schedule, { vocabulary: VOCABULARY, capabilities })), refused);
        const at = join(folder, 'run');
        const options = { backend, folder: onDisk(at), listeners: [] };
        assert.deepEqual(E.swap(await run(schedule, tokensDataset(VOCABULARY), options)()), refused);
        assert.ok(!existsSync(at));
      }));
});
