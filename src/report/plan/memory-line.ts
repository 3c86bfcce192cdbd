/**
 * The memory that training needs, as a line under a plan and as a warning before a run. Not here: counting it (`src/program/peak-bytes.ts`), how much a
 * machine has.
 */
import type { TracedPlan } from '../../plan/plan-schedule.js';
import { neededBytes } from '../../plan/settings-within.js';
import { bytes } from '../table/format.js';

/** What a step of the plan takes at most. */
export type Memory = Pick<TracedPlan, 'stepBytes' | 'processBytes'>;

const held = ({ stepBytes, processBytes }: Memory): string =>
  `training step holds about ${bytes(stepBytes)} of parameters, moments and activations` +
  `${processBytes === undefined ? '' : `, for which the process takes about ${bytes(processBytes)}`}`;

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
