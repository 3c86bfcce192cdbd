/**
 * `vcycle job`: does one job of a sweep's manifest, unless it is done. `vcycle compare` starts one of these for each job; so may a
 * cluster's scheduler. Its parent hears of its progress over the channel that Node gives to children, and takes it along when it dies.
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { loadDataset } from '../../data/load-dataset.js';
import { type Fault, inputFault } from '../../fault.js';
import { createMeter } from '../../report/meter.js';
import type { RunEvent } from '../../runner/events.js';
import { carryOut } from '../../sweep/carry-out.js';
import { jobFolder, readManifest } from '../../sweep/manifest.js';
import { withBackend } from '../backends.js';
import { EXIT, type ExitCode } from '../exit.js';
import { onInterrupt } from '../interrupt.js';

export interface JobOptions {
  readonly threads?: number;
}

/** Milliseconds between two words to the parent. */
const INTERVAL = 500;

const tellParent = (): ((event: RunEvent) => void) => {
  const meter = createMeter();
  let told = 0;
  return (event) => {
    meter.observe(event);
    if (event.kind !== 'step' || event.time - told < INTERVAL || process.connected !== true) return;
    told = event.time;
    process.send?.({ share: meter.share() });
  };
};

/** A worker whose parent has gone would go on unseen beside the next one. What it has done so far is on the disk. */
const dieWithParent = (): { dispose(): void } => {
  const die = (): void => process.exit(EXIT.failed);
  process.on('disconnect', die);
  return {
    dispose: () => {
      process.off('disconnect', die);
      if (process.connected === true) process.disconnect();
    },
  };
};

export const job = (manifest: string, id: string, { threads }: JobOptions): TE.TaskEither<Fault, ExitCode> => {
  const parent = dieWithParent();
  const interrupt = onInterrupt((message) => process.stderr.write(`${message}\n`));
  const end = (): void => {
    interrupt.dispose();
    parent.dispose();
  };
  return pipe(
    TE.fromEither(readManifest(manifest)),
    TE.flatMap((jobs) =>
      TE.fromNullable(inputFault(`${manifest}: there is no job "${id}" in it (${jobs.length} others); name the id of one of its lines`))(
        jobs.find((known) => known.id === id),
      ),
    ),
    TE.bindTo('found'),
    TE.bind('dataset', ({ found: { schedule } }) => loadDataset(schedule.setup.data, { context: schedule.setup.model.context })),
    TE.flatMap(({ found, dataset }) =>
      withBackend({ backend: found.backend, allowCpu: found.allowCpu, ...(threads === undefined ? {} : { threads }) }, (backend) =>
        carryOut(found, { backend, dataset, folder: jobFolder(manifest, found), listeners: [tellParent()], signal: interrupt.signal }),
      ),
    ),
    TE.map((outcome): ExitCode => {
      process.stdout.write(`${id} ${outcome}\n`);
      return EXIT.done;
    }),
    TE.chainFirstIOK(() => end),
    TE.orElseFirstIOK(() => end),
  );
};
