/**
 * `vcycle doctor`: what this machine has, what is missing, and the command that installs it, if there is one.
 */
import { cpus, freemem, totalmem } from 'node:os';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { processorsOfProcess } from '../../../backends/machine/processors.js';
import type { Fault } from '../../fault.js';
import { bytes } from '../../report/table/format.js';
import { wrap } from '../../report/table/wrap.js';
import { type BackendReport, inspectBackends } from '../backends/inspect.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { ownPackage } from '../process/own-package.js';
import { printJson, printText } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly finding: string;
  /** The command that would make it usable. */
  readonly command?: string;
}

/** True when `version` is at least the `>=` version that `engines` asks for. */
const satisfies = (version: string, engines: string): boolean => {
  const parts = (text: string): readonly number[] =>
    text
      .replace(/^[^\d]*/, '')
      .split('.')
      .map(Number);
  const [major = 0, minor = 0] = parts(version);
  const [leastMajor = 0, leastMinor = 0] = parts(engines);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
};

/** The processors that this process may use, out of how many if the machine has more. */
const processorsPhrase = (): string => {
  const all = cpus();
  const { processors } = processorsOfProcess();
  const of = processors < all.length ? ` of ${all.length}` : '';
  return `${processors}${of} (${all[0]?.model.trim() ?? 'unknown model'}, ${process.arch})`;
};

const machine = (): readonly Finding[] => {
  const { version, engines } = ownPackage();
  const node = process.versions.node;
  const ok = satisfies(node, engines.node);
  return [
    { name: 'vcycle', ok: true, finding: version },
    { name: 'Node', ok, finding: `${node} (needs ${engines.node})` },
    { name: 'processors', ok: true, finding: processorsPhrase() },
    { name: 'memory', ok: true, finding: `${bytes(freemem())} free of ${bytes(totalmem())}` },
  ];
};

const backendFinding = (report: BackendReport): Finding => {
  const { name } = report;
  if (!report.usable) {
    const { missing, command } = report;
    return { name, ok: false, finding: missing, ...(command === undefined ? {} : { command }) };
  }
  const { device, versions, notes = [] } = report.capabilities;
  const runtimes = Object.entries(versions).map(([runtime, version]) => `${runtime} ${version}`);
  return { name, ok: true, finding: [device, ...runtimes, ...notes].join('; ') };
};

/** A finding is wrapped at the terminal's width. A command is not, so that it can be copied and run. */
const render = (findings: readonly Finding[]): string => {
  const longest = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .map(({ name, ok, finding, command }) => {
      const mark = `${ok ? 'ok     ' : 'MISSING'}  ${name.padEnd(longest)}  `;
      const indentation = ' '.repeat(mark.length);
      const lines = wrap(finding, terminalWidth() - mark.length).split('\n');
      return [mark + lines.join(`\n${indentation}`), ...(command === undefined ? [] : [`${indentation}run: ${command}`])].join('\n');
    })
    .join('\n');
};

export interface DoctorOptions {
  readonly allowCpu: boolean;
  readonly json: boolean;
}

/** Always exit 0: what is missing is an answer, not a failure. */
export const doctor =
  ({ allowCpu, json }: DoctorOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const reports = await inspectBackends([], allowCpu)();
    if (E.isLeft(reports)) return reports;
    const findings = [...machine(), ...reports.right.map(backendFinding)];
    if (json) printJson({ findings, backends: reports.right });
    else printText(render(findings));
    return E.right(EXIT.done);
  };
