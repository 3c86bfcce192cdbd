/**
 * A backend that lets its thread hear messages now and then: kernels on the CPU never do, and a `stop` that arrives between two steps would
 * wait for the run's end.
 */
import { pipe } from 'fp-ts/lib/function.js';
import type * as T from 'fp-ts/lib/Task.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, Executable } from '../src/backend.js';

/** Milliseconds that may pass between two breaths: a breath costs next to nothing, and a stop is felt at once. */
const LONGEST = 30;

/** Through the queue of tasks, where messages wait; a timer would be slowed down to milliseconds. */
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
