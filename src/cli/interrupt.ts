/**
 * Ctrl-C: the first one asks for a clean stop, the second one ends the process at once.
 */

/** The exit code that shells give to a process that SIGINT ended. */
const KILLED = 130;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  dispose(): void;
}

export const onInterrupt = (say: (message: string) => void): Interrupt => {
  const controller = new AbortController();
  const listen = (): void => {
    if (controller.signal.aborted) process.exit(KILLED);
    // On a line of its own, not behind a progress line.
    say('\nstopping after this step, with what it has; press Ctrl-C again to end at once');
    controller.abort();
  };
  process.on('SIGINT', listen);
  return { signal: controller.signal, dispose: () => process.off('SIGINT', listen) };
};
