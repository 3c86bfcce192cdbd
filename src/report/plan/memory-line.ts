/**
 * The memory that training needs, as a line under a plan and as a warning before a run. Not here: counting it (`src/program/peak-bytes.ts`), how much a
 * machine has.
 */
import type { TracedPlan } from '../../plan/plan-schedule.js';
import { neededBytes } from '../../plan/settings-within.js';
import { bytes } from '../table/format.js';

/** What a step of the plan takes at most. */
export type Memory = Pick<TracedPlan, 'stepBytes' | 'waitingBytes' | 'processBytes'>;

const held = ({ stepBytes, waitingBytes = 0, processBytes }: Memory): string =>
  `training step holds about ${bytes(stepBytes)} of parameters, moments and activations` +
  `${waitingBytes === 0 ? '' : `, ${bytes(waitingBytes)} of it in levels, arms or replicas that wait`}` +
  `${processBytes === undefined ? '' : `, for which the process takes about ${bytes(processBytes)}`}`;

/** Where the values of a step are. */
export interface Held {
  readonly backend: string;
  /** What computes, in words. */
  readonly device: string;
  readonly in: 'this machine' | 'the device' | 'nothing';
}

/** What the figures leave out, as a sentence; undefined where the process as a whole was measured. */
export const leftOut = ({ processBytes }: Memory, { backend, device, in: place }: Held): string | undefined => {
  if (processBytes !== undefined) return undefined;
  if (place === 'nothing')
    return `${backend} computes nothing: this is what the values of a step take on any backend, without its runtime.`;
  const whose = place === 'the device' ? `the memory of ${device}` : 'the memory of the process';
  return (
    `On ${backend} this is what the values of a step take of ${whose}; what its runtime and its allocator take besides was not measured there: ` +
    'leave room for them.'
  );
};

const REMEDY = 'lower the batch, the context, the width or the layers, or let a plan name the settings that fit';

/** @param available bytes; undefined if not known */
export const memoryLine = (memory: Memory, available: number | undefined): string =>
  `A ${held(memory)}${available === undefined || neededBytes(memory) <= available ? '' : `, and this machine has ${bytes(available)}: ${REMEDY}`}.`;

/**
 * A warning rather than a refusal, because it is an estimate and a system may overcommit memory. Undefined if there is enough.
 */
export const memoryWarning = (memory: Memory, available: number): string | undefined =>
  neededBytes(memory) <= available
    ? undefined
    : `a ${held(memory)}, and this machine has ${bytes(available)}, so that the system may end the run without a word; ${REMEDY}`;
