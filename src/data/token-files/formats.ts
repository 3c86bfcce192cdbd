/**
 * Token files as other tools write them, recognised by their content. A format checks what precedes the tokens and says where they are; the tokens
 * themselves are not read here. Not here: reading tokens (`elements.ts`), texts (`../sources`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { readAt } from '../../files/read.js';
import { llmC } from './llm-c.js';
import { megatron } from './megatron.js';
import { nanoGpt } from './nanogpt.js';
import { numpy } from './numpy.js';
import type { OpenFile, TokenFormat, TokenLayout } from './token-format.js';

/** In the order of certainty: formats with a magic number first, bare numbers last. */
const formats: readonly TokenFormat[] = [numpy, llmC, megatron, nanoGpt];

/** Bytes that are read to recognise a format. */
export const HEAD = 4096;

export const openedFile = (files: FileSystem, path: string): OpenFile => {
  const file = files.open(path, 'read');
  const { size } = files.status(file);
  return { files, path, file, size, head: readAt(files, file, 0, Math.min(HEAD, size)) };
};

/** Where a file's tokens are; undefined for a file that does not contain tokens. */
export const tokenLayout = (opened: OpenFile): E.Either<Fault, TokenLayout | undefined> => {
  const format = formats.find((each) => each.matches(opened));
  if (format === undefined) return E.right(undefined);
  const layout = format.layout(opened);
  if (E.isLeft(layout) || layout.right.length > 0) return layout;
  return E.left(inputFault(`${opened.path}: the file must hold tokens (is empty); name another one`));
};
