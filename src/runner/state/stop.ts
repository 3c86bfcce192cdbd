/** What ends a run before the end of its schedule. */
import type { RunOutcome } from '../events/events.js';

export type Stop = Exclude<RunOutcome, { kind: 'finished' }>;

export const failedWith = ({ message }: { readonly message: string }): Stop => ({ kind: 'failed', message });
