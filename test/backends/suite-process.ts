/**
 * A mocha suite in a process of its own, for runtimes that read their environment when a process starts, or cannot share one. Not a test
 * itself; what it gives back is what the calling test holds to account.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MINUTES = 60_000;
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');

interface Report {
  readonly stats: { readonly passes: number; readonly pending: number; readonly failures: number };
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
  readonly pending: readonly { readonly fullTitle: string }[];
}

export interface SuiteResult {
  readonly passes: number;
  /** Full titles. */
  readonly skipped: readonly string[];
}

/** Runs the suite, prints its counts and why tests of it were skipped. A failure in it, or a process that dies, is one here. */
export const runSuite = async (suite: string, env: Readonly<Record<string, string>>): Promise<SuiteResult> => {
  const folder = mkdtempSync(join(tmpdir(), 'vcycle-'));
  const file = join(folder, 'report.json');
  const args = [
    '--enable-source-maps',
    mocha,
    '--no-config',
    '--timeout',
    `${5 * MINUTES}`,
    '--reporter',
    'json',
    '--reporter-option',
    `output=${file}`,
    suite,
  ];
  try {
    const ended = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 }).then(
      ({ stdout }) => ({ code: 0, signal: null, stdout, stderr: '' }),
      (error: { code: number | string | null; signal: string | null; stdout: string; stderr: string }) => error,
    );
    assert.ok(existsSync(file), `the process gave no report (${ended.signal ?? `exit ${ended.code}`}): ${ended.stderr.slice(-2000)}`);
    const { stats, failures, pending } = JSON.parse(readFileSync(file, 'utf8')) as Report;
    console.log(`      ${stats.passes} passing, ${stats.failures} failing, ${stats.pending} skipped`);
    for (const line of ended.stdout.match(/^ *conformance {2}.*$/gm) ?? []) console.log(line);
    for (const reason of new Set(ended.stdout.match(/skipped: .*/g))) console.log(`      ${reason}`);
    assert.deepEqual(
      failures.map(({ fullTitle, err }) => `${fullTitle}: ${err.message}`),
      [],
    );
    assert.equal(ended.code, 0, ended.stderr.slice(-2000));
    return { passes: stats.passes, skipped: pending.map(({ fullTitle }) => fullTitle) };
  } finally {
    rmSync(folder, { recursive: true });
  }
};
