/**
 * Runs a user's code while it loads: whatever it does to the process counts as its failure, not as the command's. Not here: which code
 * (`pipeline-file.ts`), how other thrown values are handled (`../process/exit.ts`).
 */
import { setTimeout as pause } from 'node:timers/promises';

const ESCAPES = ['uncaughtException', 'unhandledRejection'] as const;

/** Replaces the process's own guards, and returns a function that restores them. */
const watchEscapes = (escaped: (reason: unknown) => void): (() => void) => {
  const guards = ESCAPES.map((event) => ({ event, listeners: process.rawListeners(event) }));
  for (const event of ESCAPES) process.removeAllListeners(event).on(event, escaped);
  return () => {
    for (const { event, listeners } of guards) {
      process.removeAllListeners(event);
      for (const listener of listeners) process.on(event, (...given: unknown[]) => listener.apply(process, given));
    }
  };
};

/** Rejects with whatever the code throws, even in a timer or an unawaited promise; and also if the code waits for ever or ends the process. */
export const onItsOwn = async <A>(load: () => Promise<A>): Promise<A> => {
  const { exit } = process;
  let reject: (reason: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, refuse) => {
    reject = refuse;
  });
  const waited = (): void => reject(new Error('it waits for what never comes'));
  const restore = watchEscapes((reason) => reject(reason));
  process.on('beforeExit', waited);
  Object.assign(process, {
    exit: () => {
      const ended = new Error('it called process.exit');
      reject(ended);
      throw ended;
    },
  });
  try {
    const loaded = await Promise.race([load(), failed]);
    // Whatever the code scheduled for the next turn of the event loop runs before this timer.
    await Promise.race([pause(1), failed]);
    return loaded;
  } finally {
    Object.assign(process, { exit });
    process.off('beforeExit', waited);
    restore();
  }
};
