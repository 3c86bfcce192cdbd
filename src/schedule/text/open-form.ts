/**
 * The stages that a schedule from text had before its names got their numbers. A schedule is data, and holds numbers only: the open form belongs to the
 * very value that was made of the text, and is lost with it. Not here: what is done with it (`src/search`, `vcycle rerun`).
 */
import type { OpenStages } from '../open-stages.js';
import { print } from '../print/stages.js';
import { type Bindings, namesOf } from './bind.js';

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

/** A text with free names, and the numbers that they had. */
export interface NamedText {
  readonly text: string;
  readonly values: Bindings;
}

/** Of a schedule that was made of such a text. */
export const namedTextOf = (schedule: unknown): NamedText | undefined => {
  const form = openFormOf(schedule);
  return form === undefined || namesOf(form.stages).length === 0 ? undefined : { text: print(form.stages), values: form.values };
};
