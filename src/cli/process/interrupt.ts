/**
 * Ctrl-C: the first one requests a clean stop, the second one ends the process at once. Any other request to stop (`output.ts`) counts as the first.
 */

/** The exit code that shells report for a process ended by SIGINT. */
const KILLED = 130;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Restores the usual meaning of the signals. */
  dispose(): void;
}

/** Stops for everything that is running and can be stopped cleanly. */
const underWay = new Set<() => void>();

/** Asks everything that is running to stop. False: nothing is running. */
export const interruptAll = (): boolean => {
  for (const stop of underWay) stop();
  return underWay.size > 0;
};

/** @param say prints that the first Ctrl-C was received. */
export const onInterrupt = (say: (message: string) => void, signals: readonly NodeJS.Signals[] = ['SIGINT']): Interrupt => {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const listen = (): void => {
    if (controller.signal.aborted) process.exit(KILLED);
    // On a separate line, not after a progress line.
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

/** Does work that the signals can stop, and restores their usual meaning when it has ended. */
export const interruptible = async <A>(work: (signal: AbortSignal) => Promise<A>, ...how: Parameters<typeof onInterrupt>): Promise<A> => {
  const interrupt = onInterrupt(...how);
  try {
    return await work(interrupt.signal);
  } finally {
    interrupt.dispose();
  }
};
