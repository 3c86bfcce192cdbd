/**
 * `vcycle backends`: names, what each needs, and the capabilities of those that can be created here, as they say themselves.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as T from 'fp-ts/lib/Task.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { operationNames } from '../../program/operations/index.js';
import { EXIT, type ExitCode } from '../exit.js';
import { type BackendReport, inspectBackends } from '../inspect-backends.js';

const paragraph = (report: BackendReport): string => {
  const lines = [report.name, `  ${report.describe}`, `  needs: ${report.needs}`];
  if (!report.usable) return [...lines, `  not usable here: ${report.reason}`].join('\n');
  const { precision, state, device, versions, operations } = report.capabilities;
  const decomposed = operationNames.filter((name) => !operations.includes(name));
  const runtimes = Object.entries(versions).map(([runtime, version]) => `${runtime} ${version}`);
  return [
    ...lines,
    `  device: ${[device, ...runtimes].join(', ')}`,
    `  precision ${precision}; state between steps: ${state}; ${operations.length} operations of its own${decomposed.length === 0 ? '' : `, decomposed: ${decomposed.join(', ')}`}`,
  ].join('\n');
};

export const listBackends = (options: { readonly json: boolean }): TE.TaskEither<Fault, ExitCode> =>
  pipe(
    inspectBackends,
    T.map((reports) => {
      process.stdout.write(
        options.json ? `${JSON.stringify({ backends: reports }, undefined, 2)}\n` : `${reports.map(paragraph).join('\n\n')}\n`,
      );
      return E.right(EXIT.done);
    }),
  );
