/**
 * `vcycle backends`: names, what each requires, and the capabilities that those that can be created on this machine report.
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { operationNames } from '../../program/operations/index.js';
import { type BackendReport, inspectBackends } from '../backends/inspect.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { printJson, printText } from '../process/print.js';

const paragraph = (report: BackendReport): string => {
  const lines = [report.name, `  ${report.describe}`, `  needs: ${report.needs}`];
  if (!report.usable)
    return [...lines, `  not usable here: ${report.missing}`, ...(report.command === undefined ? [] : [`  run: ${report.command}`])].join(
      '\n',
    );
  const { precision, state, stateCopies, device, versions, operations, hides } = report.capabilities;
  const decomposed = operationNames.filter((name) => !operations.includes(name));
  const runtimes = Object.entries(versions).map(([runtime, version]) => `${runtime} ${version}`);
  return [
    ...lines,
    `  device: ${[device, ...runtimes].join(', ')}`,
    `  precision ${precision}; state between steps: ${state}${stateCopies === 0 ? '' : `, copied ×${stateCopies} a step`}; ${operations.length} operations of its own${decomposed.length === 0 ? '' : `, decomposed: ${decomposed.join(', ')}`}`,
    ...(hides.length === 0 ? [] : [`  gives numbers for NaN or infinity in ${hides.join(', ')}`]),
  ].join('\n');
};

export interface BackendsOptions {
  readonly allowCpu: boolean;
  readonly json: boolean;
}

/** `vcycle backends [NAME…]`. Left: a name that no backend has. */
export const listBackends =
  (names: readonly string[], { allowCpu, json }: BackendsOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const reports = await inspectBackends(names, allowCpu)();
    if (E.isLeft(reports)) return reports;
    if (json) printJson({ backends: reports.right });
    else printText(reports.right.map(paragraph).join('\n\n'));
    return E.right(EXIT.done);
  };
