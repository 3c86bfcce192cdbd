/**
 * Ctrl-C: the first one asks for a clean stop, the second one ends the process at once. What asks otherwise for a stop (`output.ts`) is a first one.
 */

/** The exit code that shells give to a process that SIGINT ended. */
const KILLED = 130;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives the signals their usual meaning back. */
  dispose(): void;
}

/** What is under way and can be stopped cleanly. */
const underWay = new Set<() => void>();

/** Asks whatever is under way to stop. False: there is nothing. */
export const interruptAll = (): boolean => {
  for (const stop of underWay) stop();
  return underWay.size > 0;
};

/** @param say is told that the first one was heard. */
export const onInterrupt = (say: (message: string) => void, signals: readonly NodeJS.Signals[] = ['SIGINT']): Interrupt => {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const listen = (): void => {
    if (controller.signal.aborted) process.exit(KILLED);
    // On a line of its own, not behind a progress line.
    say('\nstopping after this step and keeping what it has; press Ctrl-C again to end at once');
    stop();
  };
  for (const signal of signals) process.on(signal, listen);
  underWay.add(stop);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const signal of signals) process.off(signal, listen);
      underWay.delete(stop);
    },
  };
};

/** Does work that the signals stop; they have their usual meaning again once it has ended. */
export const interruptible = async <A>(work: (signal: AbortSignal) => Promise<A>, ...how: Parameters<typeof onInterrupt>): Promise<A> => {
  const interrupt = onInterrupt(...how);
  try {
    return await work(interrupt.signal);
  } finally {
    interrupt.dispose();
  }
};
