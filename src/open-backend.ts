/**
 * A backend as a program holds it: its name, its capabilities, and closing it. Not here: the contract of a backend (`backend.ts`), which vcycle
 * calls.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError, Capabilities } from './backend.js';
import { promiseOf, type Result } from './result.js';

export interface OpenBackend {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** The contract that vcycle calls. */
  readonly contract: Backend;
  /** Bytes of the tensors that are held by callers, and of those kept for reuse. */
  memory(): { readonly held: number; readonly pooled: number };
  /** Closes the backend, with all its executables and tensors. */
  close(): Promise<Result<void, BackendError>>;
}

const opened = (contract: Backend): OpenBackend => ({
  name: contract.name,
  capabilities: contract.capabilities,
  contract,
  memory: () => contract.memory(),
  close: () => promiseOf(contract.close()),
});

/** Creating a backend, for programs: a promise of a result. */
export const opening =
  <Given extends readonly unknown[]>(create: (...given: Given) => TaskEither<BackendError, Backend>) =>
  async (...given: Given): Promise<Result<OpenBackend, BackendError>> => {
    const created = await promiseOf(create(...given));
    return created.ok ? { ok: true, value: opened(created.value) } : created;
  };
