/**
 * A job: one run of a sweep, under an id that says what is computed and nothing else, so that whoever meets it twice knows that it is the
 * same. Not here: the manifest that lists jobs (`manifest.ts`), doing one (`carry-out.ts`).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { scheduleHash } from '../schedule/json/canonical.js';
import type { Schedule } from '../schedule/schedule.js';

export interface JobContent {
  /** Its seed and its learning rate among the rest. */
  readonly schedule: Schedule;
  readonly backend: string;
  readonly allowCpu: boolean;
  /** Absent for f32. */
  readonly precision?: 'bf16';
  readonly compiled?: true;
  /** SHA-256 of the text; undefined for random tokens. */
  readonly dataDigest?: string;
}

export interface Job extends JobContent {
  readonly id: string;
  /** Whose run it is, over several seeds, such as `fine`. No part of the id. */
  readonly arm: string;
}

/** 64 bits are enough to tell a sweep's jobs apart, and short enough for a folder's name. */
const ID_DIGITS = 16;

/**
 * A hash of schedule, backend and data.
 *
 * @example
 * jobOf('fine', { schedule, backend: 'onnx-cpu', allowCpu: false }).id // 'b05ddc1c08a4cf4a'
 */
export const jobOf = (arm: string, { schedule, backend, allowCpu, precision, compiled, dataDigest }: JobContent): Job => {
  const otherwise = { ...(precision === undefined ? {} : { precision }), ...(compiled === undefined ? {} : { compiled }) };
  // The ids of jobs that are plain f32 stay what they were before there was anything else.
  const also = Object.keys(otherwise).length === 0 ? [] : [otherwise];
  const said = JSON.stringify([scheduleHash(schedule), backend, allowCpu, dataDigest ?? null, ...also]);
  return {
    id: bytesToHex(sha256(utf8ToBytes(said))).slice(0, ID_DIGITS),
    arm,
    backend,
    allowCpu,
    ...otherwise,
    ...(dataDigest === undefined ? {} : { dataDigest }),
    schedule,
  };
};

/** What people call it: `fine, seed 3`. */
export const labelOf = ({ arm, schedule }: Pick<Job, 'arm' | 'schedule'>): string => `${arm}, seed ${schedule.setup.seed}`;
