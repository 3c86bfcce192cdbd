/**
 * The index over run folders: an SQLite database beside them (`runs/index.sqlite`) that any SQLite can open. The folders are the truth; the
 * index only saves reading them again, is brought up to date whenever it is asked, and may be deleted at any time.
 */
import { ascending, descending as descend } from 'd3-array';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import initSqlite, { type Database, type SqlValue } from 'sql.js';
import { match } from 'ts-pattern';
import { type Fault, inputFault } from '../fault.js';
import { reasonOf } from '../files/file-system.js';
import { Folder } from '../files/folder.js';
import { RUN_FILES } from '../runner/folder/run-folder.js';
import { isBeingWritten } from '../runner/folder/run-lock.js';
import { comparisonOver, MANIFEST } from '../sweep/manifest.js';
import { type Condition, RUN_FIELDS, type RunField } from './condition.js';
import { findRuns, isRunFolder } from './find-runs.js';
import { type RunEntry, readEntry } from './run-entry.js';

export const INDEX_FILE = 'index.sqlite';

/** Raised when a column changes: an index of another version is made anew. */
const VERSION = 3;

const FIELDS = Object.keys(RUN_FIELDS) as RunField[];

const columnOf = (field: RunField): 'REAL' | 'TEXT' =>
  match(RUN_FIELDS[field])
    .with('number', 'moment', () => 'REAL' as const)
    .otherwise(() => 'TEXT');

const SCHEMA = `CREATE TABLE runs (${FIELDS.map((field) => `"${field}" ${columnOf(field)}`).join(', ')}, stamp TEXT, PRIMARY KEY (folder))`;

/** Changes whenever what a row would say does. */
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
    return reasonOf(error);
  }
};

const versionOf = (database: Database): number => Number(database.exec('PRAGMA user_version')[0]?.values[0]?.[0] ?? 0);

/** What is there, if it is an index of this version; otherwise an empty one. */
const opened = async (root: Folder, rebuild: boolean): Promise<Database> => {
  const { Database } = await initSqlite();
  if (!rebuild) {
    try {
      const database = new Database(root.read(INDEX_FILE));
      if (versionOf(database) === VERSION) return database;
      database.close();
    } catch {
      // Not there, torn, or no database at all: nothing in it that the folders do not say.
    }
  }
  const database = new Database();
  database.run(SCHEMA);
  database.run(`PRAGMA user_version = ${VERSION}`);
  return database;
};

/** Brings the rows up to date with the folders; says whether anything changed. */
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

const select = (database: Database, conditions: readonly Condition[]): readonly RunEntry[] => {
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map(clause).join(' AND ')}`;
  const statement = database.prepare(`SELECT ${FIELDS.map((field) => `"${field}"`).join(', ')} FROM runs${where}`);
  try {
    statement.bind(conditions.map(({ value }) => value));
    const rows: RunEntry[] = [];
    // The columns are the fields, and were filled from them.
    while (statement.step()) rows.push(statement.getAsObject() as unknown as RunEntry);
    return rows;
  } finally {
    statement.free();
  }
};

export interface FoundRuns {
  readonly entries: readonly RunEntry[];
  /** Why indices could not be kept, by folder: the next look reads the runs under these again. */
  readonly notKept: ReadonlyMap<string, string>;
}

/** What is not known stands last, whichever way. */
const compared = (a: RunEntry, b: RunEntry, { field, descending }: RunQuery['sort']): number => {
  const [left, right] = [a[field], b[field]];
  if (left === right || left === null || right === null)
    return Number(left === null) - Number(right === null) || ascending(a.folder, b.folder);
  return (descending ? descend : ascending)(left, right);
};

interface Looked {
  readonly entries: readonly RunEntry[];
  readonly notKept?: string;
}

const look = async (root: Folder, conditions: readonly Condition[], rebuild: boolean): Promise<Looked> => {
  const database = await opened(root, rebuild);
  try {
    const changed = refresh(database, root);
    const entries = select(database, conditions);
    if (!changed || isRunFolder(root)) return { entries };
    const kept = E.tryCatch(() => root.write(INDEX_FILE, database.export()), reasonOf);
    return E.isLeft(kept) ? { entries, notKept: kept.left } : { entries };
  } finally {
    database.close();
  }
};

/** One that may not be looked into is a folder: its row says so. */
const isFolder = (root: Folder): boolean =>
  pipe(
    E.tryCatch(() => root.status()?.kind === 'folder', reasonOf),
    E.getOrElse(() => true),
  );

/**
 * The runs under folders, from the index of each, which is brought up to date first; a run that several hold comes once. A run folder itself has
 * no index.
 *
 * @param rebuild forgets what the indices say and reads every folder again.
 * Left: there is no such folder.
 */
export const queryRuns =
  (roots: readonly string[], { conditions, sort }: RunQuery, { rebuild }: { readonly rebuild: boolean }): TaskEither<Fault, FoundRuns> =>
  async () => {
    const missing = roots.find((root) => !isFolder(Folder.at(root)));
    if (missing !== undefined) return E.left(inputFault(`${missing}: there is no such folder; name the one that holds your runs`));
    const entries = new Map<string, RunEntry>();
    const notKept = new Map<string, string>();
    for (const root of roots) {
      const looked = await look(Folder.at(root), conditions, rebuild);
      for (const entry of looked.entries) entries.set(entry.folder, entry);
      if (looked.notKept !== undefined) notKept.set(root, looked.notKept);
    }
    return E.right({ entries: [...entries.values()].sort((a, b) => compared(a, b, sort)), notKept });
  };
