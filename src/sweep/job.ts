/**
 * A job: one run of a sweep, under an id that is derived only from what is computed, so that equal jobs have equal ids. Not here: the
 * manifest that lists jobs (`manifest.ts`), carrying one out (`carry-out.ts`).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { scheduleHash } from '../schedule/json/canonical.js';
import type { Schedule } from '../schedule/schedule.js';

export interface JobContent {
  /** Includes its seed and its learning rate. */
  readonly schedule: Schedule;
  readonly backend: string;
  readonly allowCpu: boolean;
  /** Absent for f32. */
  readonly precision?: 'bf16';
  readonly compiled?: true;
  /** Absent for one process. */
  readonly ranks?: number;
  /** SHA-256 of the text; undefined for random tokens. */
  readonly dataDigest?: string;
}

export interface Job extends JobContent {
  readonly id: string;
  /** The contender whose run it is, over several seeds, such as `fine`. Not part of the id. */
  readonly arm: string;
}

/** 64 bits distinguish the jobs of a sweep and keep folder names short. */
const ID_DIGITS = 16;

/**
 * A hash of schedule, backend and data.
 *
 * @example
 * jobOf('fine', { schedule, backend: 'onnx-cpu', allowCpu: false }).id // 'b05ddc1c08a4cf4a'
 */
export const jobOf = (arm: string, { schedule, backend, allowCpu, precision, compiled, ranks, dataDigest }: JobContent): Job => {
  const otherwise = {
    ...(precision === undefined ? {} : { precision }),
    ...(compiled === undefined ? {} : { compiled }),
    ...(ranks === undefined ? {} : { ranks }),
  };
  // Plain f32 jobs keep the ids that they had before these options existed.
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

/** The label shown to users: `fine, seed 3`. */
export const labelOf = ({ arm, schedule }: Pick<Job, 'arm' | 'schedule'>): string => `${arm}, seed ${schedule.setup.seed}`;
