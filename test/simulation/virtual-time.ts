/** A clock that moves from one appointment to the next, at once. Not a test itself. */

interface Appointment {
  readonly at: number;
  /** Of two at the same time the one that was made first comes first. */
  readonly number: number;
  readonly come: () => void;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class VirtualTime {
  now = 0;
  #made = 0;
  #appointments: Appointment[] = [];

  /** Milliseconds of virtual time. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((come) => this.at(this.now + milliseconds, come));
  }

  at(moment: number, come: () => void): void {
    this.#made += 1;
    this.#appointments.push({ at: moment, number: this.#made, come });
  }

  /** Lets time pass until `work` has ended. Throws if nothing is left to wait for, or beyond a time. */
  async until<A>(work: Promise<A>, limit: number): Promise<A> {
    let ended: { readonly value: A } | { readonly error: unknown } | undefined;
    work.then(
      (value) => {
        ended = { value };
      },
      (error) => {
        ended = { error };
      },
    );
    for (;;) {
      await settled();
      if (ended !== undefined) break;
      const next = this.#appointments.reduce<Appointment | undefined>(
        (first, each) => (first === undefined || each.at < first.at || (each.at === first.at && each.number < first.number) ? each : first),
        undefined,
      );
      if (next === undefined) throw new Error(`at ${this.now} ms everyone waits, and for nothing`);
      if (next.at > limit) throw new Error(`at ${this.now} ms it was still not over`);
      this.#appointments = this.#appointments.filter((each) => each !== next);
      this.now = next.at;
      next.come();
    }
    if ('error' in ended) throw ended.error;
    return ended.value;
  }
}
