/**
 * Code of a user's while it loads: whatever it does to the process is its own failure, and none of the command's. Not here: which code
 * (`pipeline-file.ts`), what becomes of throws otherwise (`../process/exit.ts`).
 */
import { setTimeout as pause } from 'node:timers/promises';

const ESCAPES = ['uncaughtException', 'unhandledRejection'] as const;

/** Takes the place of the process's own guards, and gives back what returns theirs. */
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

/** Rejects with what the code threw, at once, in a timer or in a promise that nobody awaits; where it waits for ever; and where it ends the process. */
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
    // What it has left behind for the next turn comes before this does.
    await Promise.race([pause(1), failed]);
    return loaded;
  } finally {
    Object.assign(process, { exit });
    process.off('beforeExit', waited);
    restore();
  }
};
