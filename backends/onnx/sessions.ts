/** A backend's sessions, until each is released. */
import type { InferenceSession } from 'onnxruntime-node';

export class Sessions {
  readonly #open = new Set<InferenceSession>();
  /** Sessions that are being released: errors are reported when the backend closes. */
  readonly #leaving = new Set<Promise<void>>();

  add(session: InferenceSession): void {
    this.#open.add(session);
  }

  /** Always settles: a rejection is kept for the end, so that it is not unhandled meanwhile. */
  release(session: InferenceSession): void {
    if (!this.#open.delete(session)) return;
    const leaving = session.release();
    this.#leaving.add(leaving);
    leaving.then(
      () => this.#leaving.delete(leaving),
      () => undefined,
    );
  }

  /** @returns errors of releasing sessions, now or before. */
  async releaseAll(): Promise<readonly unknown[]> {
    for (const session of this.#open) this.release(session);
    const ends = await Promise.allSettled(this.#leaving);
    this.#leaving.clear();
    return ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  }
}
