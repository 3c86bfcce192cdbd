/**
 * A measurement in a process of its own: started, waited for, and its last line of output read as JSON. Each contestant's memory and
 * threads are its own that way. Not here: what is measured (`measure/`, `peers/`).
 */
import { execFile } from 'node:child_process';
import { basename, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import * as J from 'fp-ts/lib/Json.js';
import { isJsonObject } from '../src/json-object.js';
import type { Sizes } from './settings.js';
import { Unmeasured } from './unmeasured.js';

const execute = promisify(execFile);

/** Nothing here takes a fifth of this on a machine of two cores. */
const LONGEST_MS = 20 * 60 * 1000;

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

/** Where the project is, is nobody's business: the reason is kept with the results. */
const withoutFolder = (message: string): string => message.replaceAll(`${process.cwd()}${sep}`, '');

const whyOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const said = 'stderr' in error && typeof error.stderr === 'string' ? lastLine(error.stderr) : '';
  return withoutFolder(said === '' ? lastLine(error.message) : said);
};

/** A call as a line of the table shows it. */
const called = (command: string, [script]: readonly string[]): string =>
  script === undefined ? basename(command) : `${basename(command)} ${basename(script)}`;

/** What a process is given in its environment besides what is there. */
export type Extra = Readonly<Record<string, string>>;

/** What a process wrote to stdout. Unmeasured: it could not be started, failed, or took too long; with the last line it said. */
export const output = (command: string, args: readonly string[], extra: Extra = {}): Promise<string> =>
  execute(command, [...args], { timeout: LONGEST_MS, maxBuffer: 2 ** 26, env: { ...process.env, ...extra } }).then(
    ({ stdout }) => stdout,
    (error) => {
      throw new Unmeasured(`${called(command, args)}: ${whyOf(error)}`);
    },
  );

/** The numbers that were asked for by name, and the versions of what was measured where it says them. */
export interface Report<Name extends string> {
  readonly values: { readonly [name in Name]: number };
  readonly versions: Readonly<Record<string, string>>;
  /** What computed, where the process says it. */
  readonly device?: string;
}

/** Runs a process and reads the numbers in its last line. */
export const report = async <Name extends string>(
  command: string,
  args: readonly string[],
  names: readonly Name[],
  extra: Extra = {},
): Promise<Report<Name>> => {
  const said = J.parse(lastLine(await output(command, args, extra)));
  const refuse = (why: string) => new Unmeasured(`${called(command, args)}: ${why}`);
  if (E.isLeft(said)) throw refuse('its last line is not JSON');
  const value: unknown = said.right;
  if (!isJsonObject(value)) throw refuse('its last line must be a JSON object');
  const wrong = names.find((name) => !Number.isFinite(value[name]));
  if (wrong !== undefined) throw refuse(`${wrong} must be a number (was ${JSON.stringify(value[wrong])})`);
  const versions = isJsonObject(value.versions) ? value.versions : {};
  return {
    values: Object.fromEntries(names.map((name) => [name, value[name]])) as { [name in Name]: number },
    versions: Object.fromEntries(Object.entries(versions).map(([name, version]) => [name, String(version)])),
    ...(typeof value.device === 'string' ? { device: value.device } : {}),
  };
};

/** One of the scripts in `measure/`, compiled beside this file. */
export const measure = <Name extends string>(
  script: string,
  args: readonly string[],
  names: readonly Name[],
  extra: Extra = {},
): Promise<Report<Name>> =>
  report(process.execPath, [fileURLToPath(new URL(`./measure/${script}.js`, import.meta.url)), ...args], names, extra);

/** Sizes as the options that every script takes. */
export const sizeOptions = (sizes: Sizes): readonly string[] => Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, `${value}`]);
