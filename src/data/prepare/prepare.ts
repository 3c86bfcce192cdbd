/**
 * Prepares texts of any size: streams them, tokenizes them on all cores, and writes shards in llm.c's format with a manifest. Each shard is written
 * completely or not at all, and so is the record of progress: after a kill the work continues at the last shard. Node only. Not here: training on the
 * folder (`../sources/token-source.ts`).
 */
import { availableParallelism } from 'node:os';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { unwritable } from '../../files/disk-fault.js';
import { PARTIAL } from '../../files/durable.js';
import type { FileSystem } from '../../files/file-system.js';
import { Folder } from '../../files/folder.js';
import { listed } from '../../shown-value.js';
import { messageOf } from '../../thrown.js';
import { DEFAULT_FIELD, hasRows, partsOf, piecesOf, type TextFile } from '../sources/documents.js';
import { textFiles } from '../sources/load-text.js';
import { isForValidation } from '../sources/paths.js';
import type { Piece } from '../sources/piece.js';
import { tokensIn } from '../sources/token-source.js';
import { orderOf, PREPARED_FILES, type Prepared, type PreparedOrder, readPrepared, sourceOf } from '../token-files/prepared.js';
import { openTokenizer } from '../tokenizers/open.js';
import { digestOfTokenizer, type Tokenizer } from '../tokenizers/tokenizer.js';
import { type Chunk, chunksOf, cutFor, type Side } from './chunks.js';
import { encodedBy } from './encoders.js';
import { Shards, writtenAs } from './shards.js';

export interface PrepareOptions {
  readonly sources: readonly string[];
  readonly tokenizer: string;
  /** The folder that is made. */
  readonly out: string;
  readonly field?: string | undefined;
  /** The share of the documents for validation; 0 leaves it to training, which holds out the end. */
  readonly heldOut?: number | undefined;
  /** The least number of tokens per shard; 2^24 by default. */
  readonly shardTokens?: number | undefined;
  readonly threads?: number | undefined;
  readonly progress?: ((progress: PrepareProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The disk; by default this machine's. */
  readonly files?: FileSystem | undefined;
}

export interface PrepareProgress {
  /** Bytes of the sources as stored on the disk: those that have been read, and all. */
  readonly read: number;
  readonly size: number;
  readonly tokens: number;
  readonly documents: number;
  /** Bytes that an earlier process has tokenized: they are read again, and skipped. */
  readonly skipping: boolean;
}

export type PrepareEnd =
  | { readonly kind: 'done' | 'already'; readonly prepared: Prepared; readonly folder: string }
  | { readonly kind: 'stopped'; readonly tokens: number; readonly folder: string };

/** Tokens of a shard: 32 MiB with GPT-2's tokenizer. A kill loses less than one shard. */
const SHARD_TOKENS = 1 << 24;

interface Asked extends PreparedOrder {
  readonly texts: readonly TextFile[];
  readonly opened: Tokenizer;
  /** Whether documents have ends: a single plain text is one stream. */
  readonly separated: boolean;
}

/** Left: sources that hold no text, tokens among them. */
const textsOf = async (
  folder: Folder,
  { sources, tokenizer }: PrepareOptions,
  field: string,
): Promise<E.Either<Fault, readonly TextFile[]>> => {
  const texts: TextFile[] = [];
  for (const source of sources) {
    const tokens = tokensIn(folder.files, tokenizer, source);
    if (E.isLeft(tokens)) return tokens;
    if (tokens.right !== undefined)
      return E.left(
        inputFault(`${source}: what is prepared must be text (this holds tokens already, ${tokens.right}); train on it as it is`),
      );
    const found = await textFiles(folder.files, source, field);
    if (E.isLeft(found)) return found;
    texts.push(...found.right);
  }
  return E.right(texts);
};

const asked = async (folder: Folder, options: PrepareOptions): Promise<E.Either<Fault, Asked>> => {
  const { sources, tokenizer, field = DEFAULT_FIELD, heldOut = 0 } = options;
  if (tokenizer === 'characters')
    return E.left(
      inputFault(
        'characters are numbered by the whole text, which is trained on as it is; prepare with gpt2, bytes or a tokenizer of your own',
      ),
    );
  const opened = openTokenizer(folder.files, tokenizer);
  if (E.isLeft(opened)) return opened;
  const texts = await textsOf(folder, options, field);
  if (E.isLeft(texts)) return texts;
  const separated = texts.right.length > 1 || texts.right.some(({ form }) => hasRows(form));
  if (heldOut > 0 && !separated)
    return E.left(
      inputFault(`${listed(sources)}: a single text has no documents to hold out; leave the share to training, which holds its end out`),
    );
  if (options.field !== undefined && !texts.right.some(({ form }) => hasRows(form)))
    return E.left(
      inputFault(
        `${listed(sources)}: a field (${JSON.stringify(field)}) is one of JSON Lines or a column of Parquet, and these are plain texts; leave it out`,
      ),
    );
  const { endOfText } = opened.right;
  return E.right({
    ...orderOf({
      sources: texts.right.map((text) => sourceOf(folder.files, text.path, partsOf(text))),
      field,
      tokenizer: { name: opened.right.name, digest: digestOfTokenizer(opened.right), vocabulary: opened.right.vocabulary },
      ...(endOfText === undefined ? {} : { endOfText }),
      heldOut,
    }),
    texts: texts.right,
    opened: opened.right,
    separated,
  });
};

/** What a folder gained and lost, in a sentence: lists of thousands of files say nothing where one was added. */
const differenceOfLists = (was: readonly string[], now: readonly string[]): string => {
  const [before, after] = [new Set(was), new Set(now)];
  const added = now.filter((path) => !before.has(path));
  const missing = was.filter((path) => !after.has(path));
  const changes = [...(added.length > 0 ? [`${listed(added)} added`] : []), ...(missing.length > 0 ? [`${listed(missing)} missing`] : [])];
  return changes.length === 0 ? 'the same in another order' : changes.join('; ');
};

/** The difference between the request and what a folder contains; undefined where there is none. */
export const differs = (asked: PreparedOrder, { sources, field, tokenizer, heldOut }: PreparedOrder): string | undefined => {
  if (asked.tokenizer.digest !== tokenizer.digest)
    return `the tokenizer must be ${tokenizer.name}, as it was begun with (was ${asked.tokenizer.name})`;
  if (asked.field !== field) return `the field must be ${JSON.stringify(field)}, as it was begun with (was ${JSON.stringify(asked.field)})`;
  if (asked.heldOut !== heldOut) return `the share that is held out must be ${heldOut}, as it was begun with (was ${asked.heldOut})`;
  const changed = asked.sources.find(({ path, digest }, index) => path === sources[index]?.path && digest !== sources[index]?.digest);
  if (changed !== undefined) return `${changed.path} has changed since it was prepared`;
  const [was, now] = [sources.map(({ path }) => path), asked.sources.map(({ path }) => path)];
  return was.join() === now.join()
    ? undefined
    : `the sources must be ${listed(was)}, as it was begun with (${differenceOfLists(was, now)})`;
};

const nothing = ({ version, sources, field, tokenizer, endOfText, heldOut }: PreparedOrder): Prepared => ({
  version,
  sources,
  field,
  tokenizer,
  ...(endOfText === undefined ? {} : { endOfText }),
  heldOut,
  documents: 0,
  bytes: 0,
  tokens: 0,
  training: [],
  validation: [],
  chunks: 0,
});

/** The chunks of the files from a given one on; those before it are read and skipped. */
async function* fromChunk(chunks: AsyncIterable<E.Either<Fault, Chunk>>, first: number): AsyncGenerator<E.Either<Fault, Chunk>> {
  let number = 0;
  for await (const chunk of chunks) {
    if (number >= first || E.isLeft(chunk)) yield chunk;
    number += 1;
  }
}

/** How far an earlier process got. */
const begunIn = (folder: Folder, order: PreparedOrder): E.Either<Fault, { readonly done: boolean; readonly prepared: Prepared }> => {
  for (const [name, done] of [
    [PREPARED_FILES.manifest, true],
    [PREPARED_FILES.progress, false],
  ] as const) {
    if (!folder.has(name)) continue;
    const prepared = readPrepared(folder.files, folder.pathOf(name));
    if (E.isLeft(prepared)) return prepared;
    // Nothing was made yet: whatever was wrong with the sources, or with what was asked for, may be another now.
    if (!done && prepared.right.chunks === 0) return E.right({ done, prepared: nothing(order) });
    const difference = differs(order, prepared.right);
    return difference === undefined
      ? E.right({ done, prepared: prepared.right })
      : E.left(inputFault(`${folder.path}: ${difference}; name another folder, or remove this one`, 'another folder'));
  }
  // A process that was killed in its first write has left no more than a part of it.
  const others = folder.names().filter((name) => !name.startsWith('.') && name !== `${PREPARED_FILES.progress}${PARTIAL}`);
  return others.length === 0
    ? E.right({ done: false, prepared: nothing(order) })
    : E.left(
        inputFault(
          `${folder.path}: the folder must be empty, or one that was prepared (holds ${others[0]}); name another folder`,
          'another folder',
        ),
      );
};

async function* piecesOfAll(
  folder: Folder,
  { texts, field }: Asked,
  read: (bytes: number) => void,
): AsyncGenerator<E.Either<Fault, Piece & { readonly path: string; readonly side: Side | undefined }>> {
  const several = texts.length > 1;
  for (const text of texts) {
    const side: Side | undefined = several && isForValidation(text.path) ? 'validation' : undefined;
    for await (const piece of piecesOf(folder.files, text, field, read))
      yield E.isLeft(piece) ? piece : E.right({ ...piece.right, path: text.path, side });
  }
}

/** Left: sources that cannot be read, a folder with other content, a full disk. */
export const prepare = async (options: PrepareOptions): Promise<E.Either<Fault, PrepareEnd>> => {
  const folder = Folder.at(options.out, options.files);
  try {
    const order = await asked(folder, options);
    if (E.isLeft(order)) return order;
    const begun = begunIn(folder, order.right);
    if (E.isLeft(begun)) return begun;
    const { done, prepared } = begun.right;
    if (done) return E.right({ kind: 'already', prepared, folder: folder.path });
    folder.make();
    // From the first write on the folder says whose it is: a kill before the first shard is continued as any other.
    if (prepared.chunks === 0) folder.write(PREPARED_FILES.progress, writtenAs(prepared));
    folder.write(PREPARED_FILES.tokenizer, `${JSON.stringify(order.right.opened.toJSON())}\n`);
    return await carriedOut(folder, order.right, prepared, options);
  } catch (error) {
    return E.left(cannotWrite(options.out, error));
  }
};

/** What is in shards stays there, whatever ended the work. */
const cannotWrite = (out: string, error: unknown): Fault => {
  const fault = unwritable(
    error,
    `${out} cannot be prepared (${messageOf(error)})`,
    'name another folder; what is done is kept',
    'another folder',
  );
  return fault.kind === 'run' ? { ...fault, message: `${fault.message}, and give the same command again, which continues` } : fault;
};

const carriedOut = async (
  folder: Folder,
  order: Asked,
  begun: Prepared,
  { shardTokens = SHARD_TOKENS, threads = availableParallelism(), progress, signal }: PrepareOptions,
): Promise<E.Either<Fault, PrepareEnd>> => {
  const shards = new Shards(folder, shardTokens, begun);
  const size = order.sources.reduce((sum, { bytes }) => sum + bytes, 0);
  let read = 0;
  const tell = (): void => {
    const { tokens, documents, chunks } = shards.all;
    progress?.({ read, size, tokens, documents, skipping: begun.chunks > 0 && chunks === begun.chunks });
  };
  const pieces = piecesOfAll(folder, order, (bytes) => {
    read += bytes;
    tell();
  });
  const chunks = fromChunk(chunksOf(pieces, { cut: cutFor(order.opened), heldOut: order.heldOut }), begun.chunks);
  const encoding = { encodes: true, tokenizer: order.opened.toJSON(), separated: order.separated } as const;
  for await (const chunk of encodedBy(threads, encoding, chunks)) {
    if (E.isLeft(chunk)) return chunk;
    shards.add(chunk.right);
    tell();
    if (signal?.aborted === true) return E.right({ kind: 'stopped', tokens: shards.written.tokens, folder: folder.path });
  }
  shards.flush();
  if (shards.written.tokens === 0) {
    const sources = listed(order.sources.map(({ path }) => path));
    return E.left(inputFault(`${sources}: the sources must hold text (hold none); name others`));
  }
  folder.rename(PREPARED_FILES.progress, PREPARED_FILES.manifest);
  return E.right({ kind: 'done', prepared: shards.written, folder: folder.path });
};
