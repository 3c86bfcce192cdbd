/**
 * A value that could not be built, as data: the result of `pipeline` for a text that the compiler could not read and that does not parse, and of a
 * builder in place of what it cannot build. Readers report its sentence. Not here: finding it in a schedule (`schedule/json/first-invalid.ts`).
 */
export interface Invalid {
  readonly kind: 'invalid';
  /** One sentence: where, what is required, what was found. */
  readonly message: string;
}

export const invalid = (message: string): Invalid => ({ kind: 'invalid', message });

export const isInvalid = (value: unknown): value is Invalid =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  value.kind === 'invalid' &&
  'message' in value &&
  typeof value.message === 'string';
