/** Threads that tokenize chunks in parallel; results come back in the order of the chunks. Sources are read only as fast as the threads work. */
import { Worker } from 'node:worker_threads';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault, runFault } from '../../fault.js';
import { messageOf } from '../../thrown.js';
import type { Chunk, Side } from './chunks.js';
import type { Answer, Begun, Encoded } from './encode-worker.js';

const WORKER = new URL('./encode-worker.js', import.meta.url);

/** Chunks in progress for each thread: one being encoded, one waiting. */
const AHEAD = 2;

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, (answer: Answer) => void>;
}

const threadOf = (begun: Begun): Thread => {
  const worker = new Worker(WORKER, { workerData: begun });
  const waiting = new Map<number, (answer: Answer) => void>();
  worker.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  // An error of a thread fails all chunks that it has not answered.
  const broken = (wrong: string): void => {
    for (const [id, answered] of waiting) answered({ id, wrong });
    waiting.clear();
  };
  worker.on('error', (error) => broken(`a thread failed (${messageOf(error)})`));
  worker.on('exit', () => broken('a thread ended'));
  return { worker, waiting };
};

export interface EncodedChunk extends Encoded {
  readonly side: Side;
}

/** The tokens of chunks, in the order of the chunks. Nothing follows a left. */
export async function* encodedBy(
  threads: number,
  begun: Begun,
  chunks: AsyncIterable<E.Either<Fault, Chunk>>,
): AsyncGenerator<E.Either<Fault, EncodedChunk>> {
  const crew = Array.from({ length: threads }, () => threadOf(begun));
  const ahead: Promise<E.Either<Fault, EncodedChunk>>[] = [];
  let id = 0;
  const given = (chunk: Chunk): Promise<E.Either<Fault, EncodedChunk>> =>
    new Promise((resolve) => {
      const thread = crew.reduce((least, each) => (each.waiting.size < least.waiting.size ? each : least));
      const task = { id: id++, chunk };
      thread.waiting.set(task.id, (answer) =>
        resolve(
          'wrong' in answer
            ? E.left(answer.wrong.startsWith('a thread') ? runFault(answer.wrong) : inputFault(answer.wrong))
            : E.right({ ...answer, side: chunk.side }),
        ),
      );
      thread.worker.postMessage(task);
    });
  try {
    for await (const chunk of chunks) {
      ahead.push(E.isLeft(chunk) ? Promise.resolve(chunk) : given(chunk.right));
      if (ahead.length < AHEAD * threads) continue;
      const first = await ahead.shift();
      if (first !== undefined) yield first;
    }
    for (const rest of ahead) yield await rest;
  } finally {
    await Promise.all(crew.map(({ worker }) => worker.terminate()));
  }
}
