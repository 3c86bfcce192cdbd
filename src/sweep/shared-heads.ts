/**
 * Training that several jobs of a sweep begin with, and who does it: one job trains it and keeps its state, and meanwhile no other job that begins with
 * it is started, so that it is trained once. Nothing waits for a state that will not come: not once its job has ended, however it ended, nor where it
 * could not be kept. Not here: which job is next (`sweep.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { KeptStates } from '../runner/state/kept-states.js';

/** What a job begins with. */
export interface Beginning {
  /** Addresses of the states after its training stages, which other jobs may begin with; absent where states are not kept. */
  readonly heads?: readonly string[];
}

/** What a job tells of the states that other jobs may begin with, by their addresses. */
export interface HeadNotes {
  /** As it begins or continues: those that it will train. */
  readonly ahead: (heads: readonly string[]) => void;
  /** It has come to one, by training or since that was kept: whether others find it. */
  readonly passed: (head: string, kept: boolean) => void;
}

/**
 * Jobs in waves, for a queue that knows nothing of states: in each wave every head is trained once, and the next wave begins when the state after it is
 * kept. One wave where nothing is shared.
 *
 * @param others jobs that were submitted before, whose heads are kept, or being trained.
 */
export const waves = <Job extends Beginning>(jobs: readonly Job[], others: readonly Beginning[]): readonly (readonly Job[])[] => {
  const known = new Set(others.flatMap(({ heads = [] }) => heads));
  const all: Job[][] = [];
  for (let rest = jobs; rest.length > 0; ) {
    const trained = new Set<string>();
    const [wave, later]: [Job[], Job[]] = [[], []];
    for (const job of rest) {
      const own = (job.heads ?? []).filter((head) => !known.has(head));
      if (own.some((head) => trained.has(head))) later.push(job);
      else {
        wave.push(job);
        for (const head of own) trained.add(head);
      }
    }
    all.push(wave);
    for (const head of trained) known.add(head);
    rest = later;
  }
  return all;
};

/** A place for states that tells a sweep what a run does with it. */
export const telling = (states: KeptStates, { ahead, passed }: HeadNotes): KeptStates => ({
  ...states,
  ahead,
  find: (address) => {
    const found = states.find(address);
    if (E.isRight(found) && found.right !== undefined) passed(address, true);
    return found;
  },
  keep: (address, state) => {
    const kept = states.keep(address, state);
    passed(address, E.isRight(kept));
    return kept;
  },
});

export class SharedHeads {
  /** The running jobs that train, or may train, each head that is not kept yet. */
  readonly #trainers = new Map<string, Set<Beginning>>();
  readonly #kept = new Set<string>();
  /** Heads that could not be kept: everyone trains these. */
  readonly #lost = new Set<string>();
  #waiting: (() => void)[] = [];

  /** Whether nothing that the job begins with is being trained. */
  mayBegin({ heads = [] }: Beginning): boolean {
    return !heads.some((head) => this.#trainers.has(head));
  }

  /** Until it tells more, the job counts as the one that trains whatever is not known to be kept. */
  begins(job: Beginning): HeadNotes {
    const { heads = [] } = job;
    for (const head of heads) if (!this.#kept.has(head)) this.#train(job, head);
    return {
      ahead: (trained) => {
        const own = new Set(trained);
        for (const head of heads) {
          if (!own.has(head)) this.#release(job, head);
          else {
            // It was kept and is gone: damaged, or beyond the budget.
            this.#kept.delete(head);
            this.#train(job, head);
          }
        }
      },
      passed: (head, kept) => {
        if (!heads.includes(head)) return;
        (kept ? this.#kept : this.#lost).add(head);
        this.#release(job, head);
      },
    };
  }

  /** Whatever it has not trained, another job may. */
  ended(job: Beginning): void {
    for (const head of job.heads ?? []) this.#release(job, head);
  }

  /** Comes when a job that could not begin perhaps can. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #train(job: Beginning, head: string): void {
    if (this.#lost.has(head)) return;
    const trainers = this.#trainers.get(head) ?? new Set();
    this.#trainers.set(head, trainers.add(job));
  }

  #release(job: Beginning, head: string): void {
    const trainers = this.#trainers.get(head);
    if (trainers?.delete(job) !== true || trainers.size > 0) return;
    this.#trainers.delete(head);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
