/**
 * A pipeline that could not be made into a schedule, as data: what `pipeline` gives for a text that the compiler could not read and
 * that does not parse. `decode` and `verify` turn it into its fault. Not a schedule, and nothing runs it.
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
