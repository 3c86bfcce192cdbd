/**
 * A runner that takes virtual time and computes nothing, in a run folder of the real kind: locks, events, checkpoints and the summary are written by
 * the same code, in the same order. Not a test itself.
 */

import { AssertionError } from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { joined } from '../../src/byte-pieces.js';
import { type Fault, inputFault } from '../../src/fault.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { type ReopenedFolder, RUN_FILES, type RunFolder } from '../../src/runner/folder/run-folder.js';
import type { KeptStates } from '../../src/runner/state/kept-states.js';
import { canonicalJson } from '../../src/schedule/json/canonical.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import type { Runner } from '../../src/sweep/carry-out.js';

export interface Simulated {
  /** Steps of every run. */
  readonly steps: number;
  /** Waits for one step. */
  readonly step: () => Promise<void>;
  /** The first event of the run of a schedule. */
  readonly started: (schedule: Schedule) => RunEvent;
  /** What other jobs may begin with, too: the state after a step each, from the first one on. */
  readonly heads: (schedule: Schedule) => readonly string[];
  /** A step begins, which leads to that head; undefined: to none. */
  readonly leads: (head: string | undefined) => void;
  readonly begun: (schedule: Schedule) => void;
  readonly finished: (schedule: Schedule) => void;
}

const CHECKPOINT_EVERY = 2;

/** What the caller of a run wants beside its schedule. */
interface Asked {
  readonly signal?: AbortSignal;
  readonly states?: KeptStates;
}

const throwing = <A>(result: E.Either<Fault, A>): A => {
  if (E.isLeft(result)) throw result.left;
  return result.right;
};

const asStep = (step: number): RunEvent => ({ kind: 'step', time: 0, step }) as unknown as RunEvent;

interface Saved {
  readonly step: number;
  readonly bytes: number;
}

export const simulatedRunner = ({ steps, step, heads, leads, started, begun, finished }: Simulated): Runner => {
  const headsOf = (schedule: Schedule): readonly string[] => heads(schedule).slice(0, steps);
  /** As a run does that reuses a state: everything up to it is there at once. */
  const reused = (folder: RunFolder, schedule: Schedule, states: KeptStates | undefined): number => {
    const found = headsOf(schedule).findLastIndex((head) => {
      const state = states?.find(head) ?? E.right(undefined);
      return E.isRight(state) && state.right !== undefined;
    });
    for (let done = 1; done <= found + 1; done++) throwing(folder.append(asStep(done)));
    return found + 1;
  };
  const walk = async (folder: RunFolder, schedule: Schedule, from: number, { signal, states }: Asked) => {
    begun(schedule);
    const ahead = headsOf(schedule);
    states?.ahead?.(ahead.slice(from));
    for (let done = from; done < steps; ) {
      const head = ahead[done];
      leads(head);
      await step();
      done += 1;
      throwing(folder.append(asStep(done)));
      if (head !== undefined)
        states?.keep(head, () => E.right({ checkpoint: Uint8Array.of(done), events: new Uint8Array(), run: folder.path }));
      if (done % CHECKPOINT_EVERY === 0) {
        const { byteLength } = throwing(folder.read(RUN_FILES.events));
        const saved: Saved = { step: done, bytes: byteLength };
        const name = `${RUN_FILES.checkpoints}/step-${String(done).padStart(8, '0')}.safetensors`;
        throwing(folder.writeCheckpoint(name, new TextEncoder().encode(JSON.stringify(saved))));
        throwing(folder.keepNewestCheckpoints(2, []));
      }
      if (signal?.aborted === true && done < steps) return summarised(folder, { kind: 'interrupted', stage: 0, step: done });
    }
    leads(undefined);
    throwing(folder.append({ kind: 'run-ended', time: 0, seconds: 0, outcome: { kind: 'finished' } } as unknown as RunEvent));
    const ended = summarised(folder, { kind: 'finished' });
    finished(schedule);
    return ended;
  };
  const summarised = (folder: RunFolder, outcome: unknown) => {
    throwing(folder.writeSummary((events) => JSON.stringify({ outcome, stages: [], resumes: 0, events })));
    return { outcome };
  };
  /** Closes the folder, whatever happens, as a process does that lives; one that is dead closes nothing. */
  const within = async (folder: RunFolder, walked: () => Promise<unknown>) => {
    try {
      return E.right(await walked());
    } catch (error) {
      // A broken law is no fault of the run.
      if (error instanceof AssertionError) throw error;
      return E.left(error);
    } finally {
      folder.close();
    }
  };
  const lastSaved = (folder: ReopenedFolder): Saved | undefined => {
    const [newest] = throwing(folder.checkpoints());
    return newest === undefined ? undefined : JSON.parse(new TextDecoder().decode(joined(throwing(folder.read(newest)))));
  };
  return {
    run: ((schedule: Schedule, _data: unknown, { folder: place, ...asked }: Parameters<Runner['run']>[2]) =>
      async () => {
        const folder = place.create();
        if (E.isLeft(folder)) return folder;
        return within(folder.right, async () => {
          throwing(folder.right.write(RUN_FILES.schedule, canonicalJson(schedule)));
          throwing(folder.right.append(started(schedule)));
          return walk(folder.right, schedule, reused(folder.right, schedule, asked.states), asked);
        });
      }) as unknown as Runner['run'],
    resume: ((_data: unknown, { folder: place, ...asked }: Parameters<Runner['resume']>[1]) =>
      async () => {
        const folder = place.reopen();
        if (E.isLeft(folder)) return folder;
        return within(folder.right, async () => {
          const { schedule, summary } = throwing(place.unfinished());
          if (summary?.outcome.kind === 'finished') throw inputFault(`${folder.right.path} has finished; there is nothing to resume`);
          throwing(folder.right.remove(RUN_FILES.summary));
          const saved = lastSaved(folder.right);
          throwing(folder.right.cutEvents(saved?.bytes ?? 0));
          if (saved === undefined) throwing(folder.right.append(started(schedule)));
          return walk(folder.right, schedule, saved?.step ?? 0, asked);
        });
      }) as unknown as Runner['resume'],
  };
};
