/**
 * A golden trajectory: what a backend makes of training steps across every kind of transfer. To the bit on the kind of machine on which it was recorded,
 * within the precision's band on any other: a change of rounding is a decision, and never a surprise. UPDATE_GOLDEN=1 records it again, with the kind
 * of this machine. Not a test itself.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { everyTransfer } from '../backends/every-transfer.js';
import { tolerances } from '../backends/tolerances.js';
import { trajectoryOn } from '../backends/two-levels.js';
import { right } from '../runner/harness.js';
import { assertWithin, machineKind } from './machine-kind.js';

const folder = join(process.cwd(), 'test/golden/trajectories');

export interface Golden {
  readonly machine: string;
  readonly losses: readonly number[];
}

const fileOf = (name: string): string => join(folder, `${name}.json`);
export const goldenOf = (name: string): Golden => JSON.parse(readFileSync(fileOf(name), 'utf8'));

interface How {
  /** How many of the schedules, the first ones. */
  readonly schedules?: number;
  /** Whether its runtime is what the machine has, and not what the lock file says: another version of it is another kind of machine. */
  readonly unpinned?: boolean;
}

/** What decides about its rounding, besides what the lock file says. */
const kindFor = ({ capabilities: { device, versions } }: Backend, unpinned: boolean): string =>
  [
    machineKind(),
    // The processor of a device that is none is that of the machine.
    ...(device.startsWith('CPU') ? [] : [device]),
    ...(unpinned ? Object.entries(versions).map((each) => each.join(' ')) : []),
  ].join(', ');

/** A test that the backend's trajectory is the golden one; a printed skip where the backend is not available. */
export const itHasItsTrajectory = (
  name: string,
  create: () => TaskEither<BackendError, Backend>,
  { schedules: count = everyTransfer.length, unpinned = false }: How = {},
): void => {
  const schedules = everyTransfer.slice(0, count);
  it(`${count} of ${everyTransfer.length} schedules across every kind of transfer are on ${name} what they were`, async function () {
    this.timeout(120_000);
    const opened = await create()();
    if (E.isLeft(opened)) {
      assert.equal(opened.left.kind, 'unavailable', opened.left.message);
      console.log(`      skipped: ${opened.left.message}`);
      return this.skip();
    }
    const backend = opened.right;
    const losses: number[] = [];
    for (const schedule of schedules) losses.push(...(await trajectoryOn(backend, schedule)).losses);
    right(await backend.close()());
    const found: Golden = { machine: kindFor(backend, unpinned), losses };
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(fileOf(name), `${JSON.stringify(found, undefined, 2)}\n`);
    const golden = goldenOf(name);
    if (golden.machine === found.machine) {
      assert.deepEqual(found, golden, 'other rounding: if that was meant, record it with UPDATE_GOLDEN=1, and say why');
      return;
    }
    console.log(`      within the band, since it was recorded on another kind of machine (${golden.machine})`);
    assertWithin(losses, golden.losses, tolerances[backend.capabilities.precision].trajectory);
  });
};
