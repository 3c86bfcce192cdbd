/**
 * A backend as a program holds it: what it is, what it can do, and its end. Not here: the contract that a backend keeps (`backend.ts`), which is
 * for vcycle to call.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError, Capabilities } from './backend.js';
import { promiseOf, type Result } from './result.js';

export interface OpenBackend {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** What vcycle calls. */
  readonly contract: Backend;
  /** Bytes of the tensors that are held by callers, and of those kept for reuse. */
  memory(): { readonly held: number; readonly pooled: number };
  /** Ends the backend: every executable and tensor of it. */
  close(): Promise<Result<void, BackendError>>;
}

const opened = (contract: Backend): OpenBackend => ({
  name: contract.name,
  capabilities: contract.capabilities,
  contract,
  memory: () => contract.memory(),
  close: () => promiseOf(contract.close()),
});

/** What makes a backend, for programs: a promise of a result. */
export const opening =
  <Given extends readonly unknown[]>(create: (...given: Given) => TaskEither<BackendError, Backend>) =>
  async (...given: Given): Promise<Result<OpenBackend, BackendError>> => {
    const created = await promiseOf(create(...given));
    return created.ok ? { ok: true, value: opened(created.value) } : created;
  };
