/**
 * When an arm may report to its run: arms that run at once report one after the other, in the order of the arms, so that events, checkpoints and records
 * are those of arms in turn. Until its turn an arm's reports wait here. Not here: what is reported (`arm-state.ts`).
 */

interface Report {
  readonly act: () => void;
  /** A state, to be written as a checkpoint. */
  readonly state?: { proved: boolean };
}

export class Turn {
  /** Undefined from the arm's turn on. */
  #waiting: Report[] | undefined = [];

  /** Whether reports reach the run at once. */
  get isHere(): boolean {
    return this.#waiting === undefined;
  }

  /** Does it in the arm's turn. */
  report(act: () => void): void {
    if (this.#waiting === undefined) act();
    else this.#waiting.push({ act });
  }

  /** The same for a state. States take memory, so of those that wait only the newest stays, and the newest that has proved good. */
  reportState(act: () => void, proved: boolean): void {
    if (this.#waiting === undefined) {
      act();
      return;
    }
    const good = this.#waiting.findLast(({ state }) => state?.proved === true);
    this.#waiting = this.#waiting.filter((report) => report.state === undefined || report === good);
    this.#waiting.push({ act, state: { proved } });
  }

  /** The newest state has proved good; does it in the arm's turn. */
  reportTrust(act: () => void): void {
    const newest = this.#waiting?.findLast(({ state }) => state !== undefined);
    if (newest?.state !== undefined) newest.state.proved = true;
    this.report(act);
  }

  /** The arm's turn begins: all that waits is done now, in its order. */
  begin(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const { act } of waiting) act();
  }
}
