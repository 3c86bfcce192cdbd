/**
 * The index over run folders: an SQLite database beside them (`runs/index.sqlite`), readable with any SQLite. The folders are the source of
 * truth; the index only saves reading them again. It is updated at every query, and may be deleted at any time.
 */

import { ascending, descending as descend } from 'd3-array';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import initSqlite, { type Database, type SqlJsStatic, type SqlValue } from 'sql.js';
import { match } from 'ts-pattern';
import { joined } from '../byte-pieces.js';
import { type Fault, inputFault } from '../fault.js';
import { Folder } from '../files/folder.js';
import { RUN_FILES } from '../runner/folder/run-folder.js';
import { isBeingWritten } from '../runner/folder/run-lock.js';
import { comparisonOver, MANIFEST } from '../sweep/manifest.js';
import { messageOf } from '../thrown.js';
import type { Condition } from './condition.js';
import { findRuns, holdsRun } from './find-runs.js';
import { mayBeUnknown, RUN_FIELDS, type RunEntry, type RunField, readEntry } from './run-entry.js';
import { isWhole, sealed } from './sealed-index.js';

export const INDEX_FILE = 'index.sqlite';

/** Raised when a column or the file's seal changes: an index of another version is rebuilt. */
const VERSION = 7;

const FIELDS = Object.keys(RUN_FIELDS) as RunField[];

const columnOf = (field: RunField): 'REAL' | 'TEXT' =>
  match(RUN_FIELDS[field])
    .with('number', 'moment', () => 'REAL' as const)
    .otherwise(() => 'TEXT');

const SCHEMA = `CREATE TABLE runs (${FIELDS.map((field) => `"${field}" ${columnOf(field)}`).join(', ')}, stamp TEXT, PRIMARY KEY (folder))`;

/** Changes whenever the content of the row would. */
const stampOf = (folder: Folder): string => {
  const stamp = (path: string): string => {
    const found = folder.files.follow(path);
    return found === undefined ? '-' : `${found.modified}:${found.size}`;
  };
  const own = [RUN_FILES.schedule, RUN_FILES.events, RUN_FILES.summary, RUN_FILES.checkpoints].map((name) => folder.pathOf(name));
  try {
    return [folder.path, ...own]
      .concat(comparisonOver(folder)?.pathOf(MANIFEST) ?? [])
      .map(stamp)
      .concat(isBeingWritten(folder) ? 'written' : 'left')
      .join(' ');
  } catch (error) {
    return messageOf(error);
  }
};

const versionOf = (database: Database): number => Number(database.exec('PRAGMA user_version')[0]?.values[0]?.[0] ?? 0);

const empty = ({ Database }: SqlJsStatic): Database => {
  const database = new Database();
  database.run(SCHEMA);
  database.run(`PRAGMA user_version = ${VERSION}`);
  return database;
};

/** The existing index, if it has this version and nobody has altered it. Throws the errors of the system and of SQLite. */
const kept = ({ Database }: SqlJsStatic, root: Folder): Database | undefined => {
  if (!root.has(INDEX_FILE)) return undefined;
  const bytes = joined(root.read(INDEX_FILE));
  if (!isWhole(bytes)) return undefined;
  const database = new Database(bytes);
  if (versionOf(database) === VERSION) return database;
  database.close();
  return undefined;
};

/** Updates the rows from the folders; returns whether anything changed. */
const refresh = (database: Database, root: Folder): boolean => {
  const folders = findRuns(root);
  const known = new Map<SqlValue, SqlValue>();
  for (const [folder, stamp] of database.exec('SELECT folder, stamp FROM runs')[0]?.values ?? [])
    if (folder !== undefined && stamp !== undefined) known.set(folder, stamp);
  let changed = false;
  database.run('BEGIN');
  for (const folder of folders) {
    const stamp = stampOf(folder);
    if (known.get(folder.path) !== stamp) {
      const entry = readEntry(folder);
      database.run(`INSERT OR REPLACE INTO runs VALUES (${'?, '.repeat(FIELDS.length)}?)`, [...FIELDS.map((field) => entry[field]), stamp]);
      changed = true;
    }
    known.delete(folder.path);
  }
  for (const folder of known.keys()) {
    database.run('DELETE FROM runs WHERE folder = ?', [folder]);
    changed = true;
  }
  database.run('COMMIT');
  return changed;
};

export interface RunQuery {
  readonly conditions: readonly Condition[];
  readonly sort: { readonly field: RunField; readonly descending: boolean };
}

const clause = ({ field, operator }: Condition): string =>
  match(operator)
    .with('~', () => `instr(lower("${field}"), lower(?)) > 0`)
    .with('!=', () => `"${field}" IS NOT ?`)
    .with('<', '<=', '>', '>=', '=', (comparison) => `"${field}" ${comparison} ?`)
    .exhaustive();

/** Columns store any type, whatever their declaration. */
const isEntry = (row: object): row is RunEntry =>
  FIELDS.every((field) => {
    const value: unknown = field in row ? row[field as keyof typeof row] : undefined;
    if (value === null) return mayBeUnknown(field);
    const holds: string | readonly unknown[] = RUN_FIELDS[field];
    if (typeof holds !== 'string') return holds.includes(value);
    return columnOf(field) === 'REAL' ? typeof value === 'number' : typeof value === 'string';
  });

const select = (database: Database, conditions: readonly Condition[]): readonly RunEntry[] => {
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map(clause).join(' AND ')}`;
  const statement = database.prepare(`SELECT ${FIELDS.map((field) => `"${field}"`).join(', ')} FROM runs${where}`);
  try {
    statement.bind(conditions.map(({ value }) => value));
    const rows: RunEntry[] = [];
    while (statement.step()) {
      const row = statement.getAsObject();
      if (!isEntry(row)) throw new Error('a row of the index does not describe a run');
      rows.push(row);
    }
    return rows;
  } finally {
    statement.free();
  }
};

export interface FoundRuns {
  readonly entries: readonly RunEntry[];
  /** Why indices could not be saved, by folder: the next query reads the runs under these again. */
  readonly notKept: ReadonlyMap<string, string>;
}

/** Unknown values come last in either direction. */
const compared = (a: RunEntry, b: RunEntry, { field, descending }: RunQuery['sort']): number => {
  const [left, right] = [a[field], b[field]];
  if (left === right || left === null || right === null)
    return Number(left === null) - Number(right === null) || ascending(a.folder, b.folder);
  return (descending ? descend : ascending)(left, right);
};

interface Lookup {
  readonly entries: readonly RunEntry[];
  readonly notKept?: string;
}

/** The entries after updating the database from the folders, and the database's bytes if that changed it. */
const upToDate = (
  database: Database,
  root: Folder,
  conditions: readonly Condition[],
): { readonly entries: readonly RunEntry[]; readonly changed?: Uint8Array } => {
  try {
    const changed = refresh(database, root);
    const entries = select(database, conditions);
    return changed ? { entries, changed: database.export() } : { entries };
  } finally {
    database.close();
  }
};

const lookUp = async (root: Folder, conditions: readonly Condition[], rebuild: boolean): Promise<Lookup> => {
  const sqlite = await initSqlite();
  // An index contains nothing that the folders do not: an unusable one is rebuilt.
  const used = E.tryCatch(() => {
    const database = rebuild ? undefined : kept(sqlite, root);
    return database === undefined ? undefined : upToDate(database, root, conditions);
  }, messageOf);
  const { entries, changed } = (E.isRight(used) ? used.right : undefined) ?? upToDate(empty(sqlite), root, conditions);
  if (changed === undefined || holdsRun(root)) return { entries };
  const written = E.tryCatch(() => root.write(INDEX_FILE, sealed(changed)), messageOf);
  return E.isLeft(written) ? { entries, notKept: written.left } : { entries };
};

/** A path that may not be read counts as a folder, so that it gets a row that says why. */
const isFolder = (root: Folder): boolean => E.getOrElse(() => true)(E.tryCatch(() => root.status()?.kind === 'folder', messageOf));

/** Left: one of the folders does not exist. */
export const thatExist = (roots: readonly string[]): E.Either<Fault, readonly string[]> => {
  const missing = roots.find((root) => !isFolder(Folder.at(root)));
  return missing === undefined
    ? E.right(roots)
    : E.left(inputFault(`${missing}: there is no such folder; name the one that holds your runs`));
};

/**
 * The runs under folders, from the index of each, which is updated first; a run under several of them is listed once. A run folder itself
 * has no index.
 *
 * @param rebuild discards the indices and reads every folder again.
 * Left: one of the folders does not exist.
 */
export const queryRuns =
  (roots: readonly string[], { conditions, sort }: RunQuery, { rebuild }: { readonly rebuild: boolean }): TaskEither<Fault, FoundRuns> =>
  async () => {
    const all = thatExist(roots);
    if (E.isLeft(all)) return all;
    const entries = new Map<string, RunEntry>();
    const notKept = new Map<string, string>();
    for (const root of roots) {
      const looked = await lookUp(Folder.at(root), conditions, rebuild);
      for (const entry of looked.entries) entries.set(entry.folder, entry);
      if (looked.notKept !== undefined) notKept.set(root, looked.notKept);
    }
    return E.right({ entries: [...entries.values()].sort((a, b) => compared(a, b, sort)), notKept });
  };
