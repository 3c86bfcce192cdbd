/** A backend's sessions, until each is gone. */
import type { InferenceSession } from 'onnxruntime-node';

export class Sessions {
  readonly #open = new Set<InferenceSession>();
  /** Those on their way out: what becomes of them is told when the backend closes. */
  readonly #leaving = new Set<Promise<void>>();

  add(session: InferenceSession): void {
    this.#open.add(session);
  }

  /** Settled either way: a rejection is kept for the end, and does not end the process meanwhile. */
  release(session: InferenceSession): void {
    if (!this.#open.delete(session)) return;
    const leaving = session.release();
    this.#leaving.add(leaving);
    leaving.then(
      () => this.#leaving.delete(leaving),
      () => undefined,
    );
  }

  /** @returns what went wrong with sessions that were released, now or before. */
  async releaseAll(): Promise<readonly unknown[]> {
    for (const session of this.#open) this.release(session);
    const ends = await Promise.allSettled(this.#leaving);
    this.#leaving.clear();
    return ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  }
}
