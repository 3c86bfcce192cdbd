/**
 * `vcycle runs`: what runs there are (`list`), one of them (`show`), and taking away what nobody needs (`prune`). Reads run folders; runs nothing.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import { count } from '../../report/format.js';
import { runsSheet } from '../../report/runs-sheet.js';
import { renderSheet } from '../../report/table.js';
import { condition, fieldOf } from '../../store/condition.js';
import { isRunFolder } from '../../store/find-runs.js';
import { type Removal, removals, remove } from '../../store/prune.js';
import { type RunEntry, readEntry } from '../../store/run-entry.js';
import { type FoundRuns, queryRuns, type RunQuery } from '../../store/run-index.js';
import { complain, EXIT, type ExitCode } from '../exit.js';
import { terminalWidth } from '../terminal.js';

export interface QueryOptions {
  readonly where: readonly string[];
  readonly sort: string;
  readonly rebuild: boolean;
  readonly json: boolean;
}

export interface PruneOptions extends QueryOptions {
  readonly checkpoints: boolean;
  readonly yes: boolean;
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));

/** `-started` sorts from the largest down. */
const sorted = (sort: string): E.Either<Fault, RunQuery['sort']> =>
  pipe(
    fieldOf(sort.replace(/^-/, '')),
    E.map((field) => ({ field, descending: sort.startsWith('-') })),
  );

const found = (root: string, { where, sort, rebuild }: QueryOptions): TE.TaskEither<Fault, readonly RunEntry[]> =>
  pipe(
    E.Do,
    E.apS('conditions', E.traverseArray(condition)(where)),
    E.apS('sort', sorted(sort)),
    TE.fromEither,
    TE.flatMap((query) => queryRuns(root, query, { rebuild })),
    TE.map(({ entries, notKept }: FoundRuns) => {
      if (notKept !== undefined) complain(`the index of ${root} could not be kept (${notKept}); the folders are read again next time`);
      return entries;
    }),
  );

export const list = (root: string, options: QueryOptions): TE.TaskEither<Fault, ExitCode> =>
  pipe(
    found(root, options),
    TE.map((entries) => {
      if (options.json) printJson(entries);
      else {
        print(renderSheet(runsSheet(entries), terminalWidth()));
        for (const { folder, reason } of entries) if (reason !== null) complain(`${folder}: ${reason.replace(`${folder}: `, '')}`);
      }
      return EXIT.done;
    }),
  );

const shown = (value: RunEntry[keyof RunEntry], field: string): string => {
  if (value === null) return '';
  if (field === 'started') return new Date(value).toISOString();
  return field === 'bytes' || field === 'flops' ? count(Number(value)) : String(value);
};

export const show = (folder: string, { json }: { readonly json: boolean }): TE.TaskEither<Fault, ExitCode> => {
  if (!isRunFolder(folder)) return TE.left(inputFault(`${folder}: no run is there; \`vcycle runs list\` says which there are`));
  const entry = readEntry(folder);
  if (json) printJson(entry);
  else {
    const lines = Object.entries(entry).filter(([, value]) => value !== null);
    print(lines.map(([field, value]) => `${field.padEnd(11)} ${shown(value, field)}`).join('\n'));
  }
  return TE.right(EXIT.done);
};

const removed = (all: readonly Removal[], yes: boolean): E.Either<Fault, readonly Removal[]> =>
  yes
    ? pipe(
        all,
        E.traverseArray((removal) => E.map(() => removal)(remove(removal))),
      )
    : E.right(all);

/** Everything would be a slip of the hand: it takes a condition. */
const chosen = ({ where }: PruneOptions): E.Either<Fault, void> =>
  where.length === 0
    ? E.left(inputFault('prune needs to know which runs: give --where, as in --where status=crashed or --where "started<2026-01-01"'))
    : E.right(undefined);

export const prune = (root: string, options: PruneOptions): TE.TaskEither<Fault, ExitCode> =>
  pipe(
    TE.fromEither(chosen(options)),
    TE.flatMap(() => found(root, options)),
    TE.flatMapEither((entries) => removed(removals(entries, options.checkpoints ? 'checkpoints' : 'folder'), options.yes)),
    TE.map((all) => {
      if (options.json) printJson({ removed: options.yes, runs: all });
      else {
        for (const { folder, what, bytes } of all) print(`${folder}${what === 'checkpoints' ? '/checkpoints/*' : ''}  ${count(bytes)}B`);
        const total = `${all.length === 1 ? '1 run' : `${all.length} runs`}, ${count(all.reduce((sum, { bytes }) => sum + bytes, 0))}B`;
        print(options.yes ? `removed: ${total}` : `would remove: ${total}; say --yes to do it`);
      }
      return EXIT.done;
    }),
  );
