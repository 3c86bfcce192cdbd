/**
 * Every single call that a story makes to the disk fails, one at a time, or is the last one before its process dies: what the user is told is one
 * sentence, nothing that was whole is lost, and whoever comes back gets the same bits. No seeds: all points are tried.
 */
import { dieEverywhere, FAILURES, failEverywhere } from './exhaustive.js';
import { onePreparation } from './one-preparation.js';
import { oneRun } from './one-run.js';
import { oneSweep } from './one-sweep.js';

const stories = {
  'a run that is stopped, resumed and exported': oneRun,
  'a comparison': oneSweep,
  'a preparation of texts': onePreparation,
} as const;

describe('at every call to the disk', function () {
  this.timeout(600_000);
  for (const [name, story] of Object.entries(stories)) {
    it(`of ${name}, the process dies`, async () => {
      const { calls, points, disks } = await dieEverywhere(story);
      console.log(`      ${points} deaths at ${calls} calls left ${disks} different disks`);
    });
    for (const failure of FAILURES)
      it(`of ${name}, ${failure}`, async () => {
        const { points, told } = await failEverywhere(story, failure);
        console.log(`      ${points} failures, ${told} of them told`);
      });
  }
});
