/**
 * A folder that `vcycle prepare` made, as a source: its shards and its tokenizer, held against its manifest. Not here: making one (`../prepare`), other
 * token files (`token-source.ts`).
 */
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as J from 'fp-ts/lib/Json.js';
import { type Fault, inputFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { readText } from '../../files/read.js';
import { grouped } from '../../shown-value.js';
import { PREPARED_FILES, type Prepared, readPrepared } from '../token-files/prepared.js';
import type { TokenLayout } from '../token-files/token-format.js';
import { tokenizerFromJson } from '../tokenizers/from-json.js';
import { openTokenizer } from '../tokenizers/open.js';
import { digestOfTokenizer, type Tokenizer } from '../tokenizers/tokenizer.js';
import { layoutAt, type Sides } from './token-sides.js';

/** A folder that `vcycle prepare` made: its shards, and the tokenizer that made them. */
export interface PreparedFolder {
  readonly sides: Sides;
  readonly prepared: Prepared;
}

/** Undefined for any other source. Left: a folder that is not finished, or whose shards are not those in its manifest. */
export const preparedAt = (files: FileSystem, source: string): E.Either<Fault, PreparedFolder | undefined> => {
  const at = (name: string): string => join(source, name);
  const has = (name: string): boolean => files.follow(at(name))?.kind === 'file';
  if (files.follow(source)?.kind !== 'folder') return E.right(undefined);
  if (!has(PREPARED_FILES.manifest))
    return has(PREPARED_FILES.progress)
      ? E.left(inputFault(`${source}: the folder is not prepared to its end; give the same vcycle prepare again, which continues`))
      : E.right(undefined);
  const prepared = readPrepared(files, at(PREPARED_FILES.manifest));
  if (E.isLeft(prepared)) return prepared;
  const sides: Record<keyof Sides, TokenLayout[]> = { training: [], heldOut: [] };
  for (const [side, shards] of [
    ['training', prepared.right.training],
    ['heldOut', prepared.right.validation],
  ] as const)
    for (const { file, tokens } of shards) {
      if (!has(file))
        return E.left(inputFault(`${at(file)}: the shard must be there, as the manifest says (is not); prepare the folder again`));
      const layout = layoutAt(files, at(file));
      if (E.isLeft(layout)) return layout;
      if (layout.right?.length !== tokens)
        return E.left(
          inputFault(
            `${at(file)}: the shard must hold ${grouped(tokens)} tokens, as the manifest says (was ${grouped(layout.right?.length ?? 0)}); prepare the folder again`,
          ),
        );
      sides[side].push(layout.right);
    }
  return E.right({ sides, prepared: prepared.right });
};

const tokenizerAt = (files: FileSystem, path: string): E.Either<Fault, Tokenizer> => {
  const json = J.parse(readText(files, path));
  return E.isLeft(json)
    ? E.left(inputFault(`${path}: the file must be JSON, and is not: it is damaged; prepare the folder again`))
    : tokenizerFromJson(json.right);
};

/** The tokenizer of a prepared folder, which another name must mean as well. */
export const preparedTokenizer = (files: FileSystem, source: string, name: string, { tokenizer }: Prepared): E.Either<Fault, Tokenizer> => {
  const path = join(source, PREPARED_FILES.tokenizer);
  const opened = name === 'characters' ? tokenizerAt(files, path) : openTokenizer(files, name);
  if (E.isLeft(opened) || digestOfTokenizer(opened.right) === tokenizer.digest) return opened;
  return E.left(
    inputFault(
      name === 'characters'
        ? `${path}: the tokenizer must be the one that made the shards (is another one); prepare the folder again`
        : `${source}: the tokenizer must be ${tokenizer.name}, which made the shards (was ${name}); leave it out, or prepare another folder`,
    ),
  );
};
