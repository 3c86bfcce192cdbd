/** A thread that tokenizes chunks. Not here: who gives it chunks (`encoders.ts`). */
import { parentPort, workerData } from 'node:worker_threads';
import * as E from 'fp-ts/lib/Either.js';
import { tokenizerFromJson } from '../tokenizers/from-json.js';
import type { Tokenizer, TokenizerJson } from '../tokenizers/tokenizer.js';
import type { Chunk } from './chunks.js';

export interface Task {
  readonly id: number;
  readonly chunk: Chunk;
}

/** The result of a chunk. */
export interface Encoded {
  readonly id: number;
  readonly tokens: Uint16Array | Uint32Array;
  readonly documents: number;
  /** Bytes of UTF-8, without ends of documents. */
  readonly bytes: number;
}

export type Answer = Encoded | { readonly id: number; readonly wrong: string };

/** What follows a document: its own token, or a line break. */
const endOf = (tokenizer: Tokenizer): E.Either<{ readonly message: string }, Int32Array> =>
  tokenizer.endOfText === undefined ? tokenizer.encode('\n') : E.right(Int32Array.of(tokenizer.endOfText));

export const encodeChunk = ({ id, chunk }: Task, tokenizer: Tokenizer, separated: boolean): Answer => {
  const end = endOf(tokenizer);
  if (E.isLeft(end)) return { id, wrong: end.left.message };
  const parts: Int32Array[] = [];
  let documents = 0;
  let bytes = 0;
  for (const { text, ends } of chunk.pieces) {
    const tokens = tokenizer.encode(text);
    if (E.isLeft(tokens)) return { id, wrong: tokens.left.message };
    parts.push(tokens.right);
    bytes += Buffer.byteLength(text);
    if (!ends) continue;
    documents += 1;
    if (separated) parts.push(end.right);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const tokens = tokenizer.vocabulary <= 1 << 16 ? new Uint16Array(length) : new Uint32Array(length);
  let at = 0;
  for (const part of parts) {
    tokens.set(part, at);
    at += part.length;
  }
  return { id, tokens, documents, bytes };
};

/** What a thread is started with. */
export interface Begun {
  readonly encodes: true;
  readonly tokenizer: TokenizerJson;
  /** Whether documents are distinguished. */
  readonly separated: boolean;
}

const isBegun = (value: unknown): value is Begun => typeof value === 'object' && value !== null && 'encodes' in value;

if (parentPort !== null && isBegun(workerData)) {
  const port = parentPort;
  const { tokenizer: json, separated } = workerData;
  const tokenizer = tokenizerFromJson(json);
  port.on('message', (task: Task) => {
    if (E.isLeft(tokenizer)) return port.postMessage({ id: task.id, wrong: tokenizer.left.message });
    const answer = encodeChunk(task, tokenizer.right, separated);
    port.postMessage(answer, 'tokens' in answer ? [answer.tokens.buffer as ArrayBuffer] : []);
  });
}
