/**
 * `vcycle doctor`: what this machine has and what is missing, a line each.
 */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { bytes } from '../../report/format.js';
import { EXIT, type ExitCode } from '../exit.js';
import { type BackendReport, inspectBackends } from '../inspect-backends.js';
import { manifest } from '../manifest.js';

interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly finding: string;
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

const machine = (): readonly Finding[] => {
  const { version, engines } = manifest();
  const node = process.versions.node;
  const ok = satisfies(node, engines.node);
  return [
    { name: 'vcycle', ok: true, finding: version },
    { name: 'Node', ok, finding: `${node} (needs ${engines.node})` },
    { name: 'cores', ok: true, finding: `${availableParallelism()} (${cpus()[0]?.model.trim() ?? 'unknown model'}, ${process.arch})` },
    { name: 'memory', ok: true, finding: `${bytes(freemem())} free of ${bytes(totalmem())}` },
  ];
};

const backendFinding = (report: BackendReport): Finding => {
  if (!report.usable) return { name: report.name, ok: false, finding: `not usable: ${report.reason} (needs ${report.needs})` };
  const { device, versions } = report.capabilities;
  const runtimes = Object.entries(versions).map(([runtime, version]) => `${runtime} ${version}`);
  return { name: report.name, ok: true, finding: `usable: ${[device, ...runtimes].join(', ')} (needs ${report.needs})` };
};

const render = (findings: readonly Finding[]): string => {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings.map(({ name, ok, finding }) => `${ok ? 'ok     ' : 'MISSING'}  ${name.padEnd(width)}  ${finding}`).join('\n');
};

export interface DoctorOptions {
  readonly allowCpu: boolean;
  readonly json: boolean;
}

/** Always exit 0: what is missing is an answer, not a failure. */
export const doctor = ({ allowCpu, json }: DoctorOptions): TE.TaskEither<Fault, ExitCode> =>
  pipe(
    inspectBackends([], allowCpu),
    TE.map((reports) => {
      const findings = [...machine(), ...reports.map(backendFinding)];
      process.stdout.write(json ? `${JSON.stringify({ findings, backends: reports }, undefined, 2)}\n` : `${render(findings)}\n`);
      return EXIT.done;
    }),
  );
