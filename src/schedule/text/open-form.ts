/**
 * The stages that a schedule from text had before its names got their numbers. A schedule is data, and holds numbers only: the open form belongs to the
 * very value that was made of the text, and is lost with it. Not here: what is done with it (`src/search`).
 */
import type { OpenStages } from '../open-stages.js';
import type { Bindings } from './bind.js';

export interface OpenForm {
  readonly stages: OpenStages;
  readonly values: Bindings;
}

const forms = new WeakMap<object, OpenForm>();

export const withOpenForm = <S extends object>(schedule: S, form: OpenForm | undefined): S => {
  if (form !== undefined) forms.set(schedule, form);
  return schedule;
};

/** Undefined: it was not made of a text. */
export const openFormOf = (value: unknown): OpenForm | undefined =>
  typeof value === 'object' && value !== null ? forms.get(value) : undefined;
