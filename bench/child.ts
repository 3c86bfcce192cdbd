/**
 * A measurement in its own process, so that each contestant has its own memory and threads: starts it, waits for it, and parses its last
 * line of output as JSON. Not here: what is measured (`measure/`, `peers/`).
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

/** Nothing here takes a fifth of this on a machine with two cores. */
const LONGEST_MS = 20 * 60 * 1000;

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

/** Removes the project's folder from a reason, which is saved with the results and should not reveal it. */
const withoutFolder = (message: string): string => message.replaceAll(`${process.cwd()}${sep}`, '');

const whyOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const said = 'stderr' in error && typeof error.stderr === 'string' ? lastLine(error.stderr) : '';
  return withoutFolder(said === '' ? lastLine(error.message) : said);
};

/** A command as the table shows it. */
const called = (command: string, args: readonly string[]): string => {
  const script = args.find((arg) => !arg.startsWith('-'));
  return script === undefined ? basename(command) : `${basename(command)} ${basename(script)}`;
};

/** Additional environment variables of a process. */
export type Extra = Readonly<Record<string, string>>;

/** The stdout of a process. Unmeasured: it could not be started, failed, or took too long; the reason includes its last line. */
export const output = (command: string, args: readonly string[], extra: Extra = {}): Promise<string> =>
  execute(command, [...args], { timeout: LONGEST_MS, maxBuffer: 2 ** 26, env: { ...process.env, ...extra } }).then(
    ({ stdout }) => stdout,
    (error) => {
      throw new Unmeasured(`${called(command, args)}: ${whyOf(error)}`);
    },
  );

/** The numbers requested by name, and the versions of what was measured, if reported. */
export interface Report<Name extends string> {
  readonly values: { readonly [name in Name]: number };
  readonly versions: Readonly<Record<string, string>>;
  /** The device, if the process reports it. */
  readonly device?: string;
}

/** Runs a process and parses the numbers in its last line. */
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

const inMeasure = (script: string): string => fileURLToPath(new URL(`./measure/${script}.js`, import.meta.url));

/** Runs one of the scripts in `measure/`, compiled beside this file, in a process like that of a command that trains. */
export const measure = <Name extends string>(
  script: string,
  args: readonly string[],
  names: readonly Name[],
  extra: Extra = {},
): Promise<Report<Name>> => report(process.execPath, [`--import=${inMeasure('like-a-command')}`, inMeasure(script), ...args], names, extra);

/** Sizes as command-line options, which every script accepts. */
export const sizeOptions = (sizes: Sizes): readonly string[] => Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, `${value}`]);
