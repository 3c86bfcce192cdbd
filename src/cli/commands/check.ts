/**
 * `vcycle check`: whether pipeline files are correct, before anything runs. Their own project's TypeScript, if there is one, checks their types, and the
 * verifier checks what they mean. Exits with 2 if one of them is wrong.
 */
import { resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { counted } from '../../report/table/format.js';
import { wrap } from '../../report/table/wrap.js';
import { type ArgumentKind, kindOfArgument, loadPipelineFile } from '../pipeline/load-pipeline.js';
import { type TypeCheck, typeCheck } from '../pipeline/type-check.js';
import { sentencesIn, type TypeFault } from '../pipeline/type-faults.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { printJson, printText } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

interface Checked {
  readonly file: string;
  readonly types: TypeCheck;
  /** The verifier's message, or the reason why the file did not load. */
  readonly refused: string | undefined;
}

const isRight = ({ types, refused }: Checked): boolean =>
  refused === undefined && (types.kind === 'unchecked' || types.errors.length === 0);

const typesOf = async (file: string, kind: ArgumentKind): Promise<E.Either<Fault, TypeCheck>> =>
  kind === 'module' ? typeCheck(resolve(file)) : E.right({ kind: 'unchecked', why: 'a schedule has none' });

/** Left: it is not a pipeline file at all, or its compiler failed. */
const checkOne =
  (file: string): TE.TaskEither<Fault, Checked> =>
  async () => {
    const kind = await kindOfArgument(file);
    const loaded = await loadPipelineFile(file)();
    if (E.isLeft(loaded) && kind !== 'module' && kind !== 'json') return loaded;
    const refused = E.isLeft(loaded) ? loaded.left.message : undefined;
    return E.map((types: TypeCheck): Checked => ({ file, types, refused }))(await typesOf(file, kind));
  };

/** vcycle's own messages as they are, TypeScript's with their number. */
const errorLine = ({ file, line, column, code, message }: TypeFault): string => {
  const sentences = sentencesIn(message);
  const place = file === '' ? '' : `${file}:${line}:${column}: `;
  return `${place}${sentences.length === 0 ? `${message} (${code})` : sentences.join('; ')}`;
};

const compilerName = ({ typescript, config }: Extract<TypeCheck, { kind: 'checked' }>): string =>
  `TypeScript ${typescript}${config === undefined ? '' : ` (${config})`}`;

/** The result in one line. */
const verdict = (checked: Checked): string => {
  const { file, types, refused } = checked;
  if (types.kind === 'unchecked') {
    const said = refused === undefined ? 'right' : 'wrong';
    return `${file}: ${said}, by the verifier only; its types are unchecked: ${types.why}`;
  }
  if (isRight(checked)) return `${file}: right, by ${compilerName(types)} and the verifier`;
  const errors = `${counted(types.errors.length, 'error')} by ${compilerName(types)}`;
  return `${file}: wrong, ${errors}, ${refused === undefined ? 'none' : 'one'} by the verifier`;
};

const textOf = (checked: Checked): string =>
  [
    ...(checked.types.kind === 'checked' ? checked.types.errors.map(errorLine) : []),
    ...(checked.refused === undefined ? [] : [checked.refused]),
    wrap(verdict(checked), terminalWidth()),
  ].join('\n');

const jsonOf = (checked: Checked) => ({
  file: checked.file,
  right: isRight(checked),
  types: checked.types,
  verifier: checked.refused ?? null,
});

export interface CheckOptions {
  readonly json: boolean;
}

export const check =
  (files: readonly string[], { json }: CheckOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const checked = await TE.traverseSeqArray(checkOne)(files)();
    if (E.isLeft(checked)) return checked;
    const all = checked.right;
    if (json) printJson(all.map(jsonOf));
    else printText(all.map(textOf).join('\n\n'));
    return E.right(all.every(isRight) ? EXIT.done : EXIT.wrongInput);
  };
