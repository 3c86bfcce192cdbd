/**
 * The memory that training needs, as a line under a plan and as a warning before a run. Not here: counting it (`src/program/peak-bytes.ts`), how much a
 * machine has.
 */
import { bytes } from '../table/format.js';

const held = (stepBytes: number): string => `training step holds about ${bytes(stepBytes)} of parameters, moments and activations`;

const REMEDY = 'lower the batch, the context, the width or the layers';

/**
 * @param stepBytes the largest number of bytes that a training step of the plan holds
 * @param memory the bytes available; undefined if not known
 */
export const memoryLine = (stepBytes: number, memory: number | undefined): string =>
  `A ${held(stepBytes)}${memory === undefined || stepBytes <= memory ? '' : `, and this machine has ${bytes(memory)}: ${REMEDY}`}.`;

/**
 * A warning rather than a refusal, because it is an estimate and a system may overcommit memory. Undefined if there is enough.
 */
export const memoryWarning = (stepBytes: number, memory: number): string | undefined =>
  stepBytes <= memory
    ? undefined
    : `a ${held(stepBytes)}, and this machine has ${bytes(memory)}, so that the system may end the run without a word; ${REMEDY}`;
