/**
 * A backend that regularly yields to its thread's messages: CPU kernels never do, so that a `stop` between two steps would wait until the
 * end of the run.
 */
import { pipe } from 'fp-ts/lib/function.js';
import type * as T from 'fp-ts/lib/Task.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, Executable } from '../src/backend.js';

/**
 * The longest time in milliseconds between two yields: yielding costs next to nothing, and a stop takes effect without a noticeable delay.
 */
const LONGEST = 30;

/** Yields through the task queue, where messages wait; browsers would delay a timer by milliseconds. */
const breath: T.Task<void> = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });

export const breathing = (backend: Backend): Backend => {
  let last = performance.now();
  const whenDue: T.Task<void> = async () => {
    if (performance.now() - last < LONGEST) return;
    await breath();
    last = performance.now();
  };
  const executable = (inner: Executable): Executable => ({
    ...inner,
    run: (inputs) =>
      pipe(
        TE.fromTask(whenDue),
        TE.flatMap(() => inner.run(inputs)),
      ),
  });
  return { ...backend, compile: (program) => pipe(backend.compile(program), TE.map(executable)) };
};
