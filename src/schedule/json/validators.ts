/**
 * The validators of schedules and models. Compiling them takes longer than anything else that a short command does, so the build replaces this file's
 * output by one in which they are compiled (`precompiled.ts`); here they are compiled at the first use.
 */
import { Ajv } from 'ajv';
import type { Model, Schedule } from '../schedule.js';
import { compiling } from './compiling.js';
import { modelSchema, scheduleSchema } from './json-schema.js';

export const scheduleValidator = compiling<Schedule>(scheduleSchema, () => Ajv);
export const modelValidator = compiling<Model>(modelSchema, () => Ajv);
