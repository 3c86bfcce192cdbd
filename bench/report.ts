/**
 * How long the report of a large comparison takes: to make from the records of its runs, and to open in a browser, from disk until the
 * second frame is drawn. The runs are synthetic: drawing time does not depend on what was learnt.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Browser } from 'playwright-core';
import { Folder } from '../src/files/folder.js';
import { compareEntrants, type Entrant } from '../src/report/comparison/comparison.js';
import { traceOf } from '../src/report/comparison/run-trace.js';
import { timingsOf } from '../src/report/comparison/timings.js';
import { REPORT, writeReport } from '../src/report/comparison/write-report.js';
import { type RunRecord, recordEvents } from '../src/report/run/run-record.js';
import { type SyntheticStage, syntheticRun } from '../test/report/synthetic-run.js';
import { launchBrowser } from '../test/web/chromium.js';
import { median } from './median.js';
import type { Maybe, ReportResult } from './results.js';
import { REPORT_SIZE } from './settings.js';
import { maybe, orUnmeasured, Unmeasured } from './unmeasured.js';

const { runs, steps, seeds, evaluateEvery } = REPORT_SIZE;
const LAYERS = 8;
const SEEDS = Array.from({ length: seeds }, (_, index) => index + 1);

const PIPELINE: readonly SyntheticStage[] = [
  ['restrict(even)', 'restrict', 1, LAYERS / 2, 0],
  [`train(${steps / 2})`, 'train', 1, LAYERS / 2, steps / 2],
  ['prolongate', 'prolongate', 0, LAYERS, 0],
  [`train(${steps / 2})`, 'train', 0, LAYERS, steps / 2],
];
const plain = (layers: number): readonly SyntheticStage[] => [[`train(${steps})`, 'train', 0, layers, steps]];

/** A different wave for each seed, so that bands have a width and no two runs are equal. */
const recordOf = (stages: readonly SyntheticStage[], seed: number): Promise<RunRecord> => {
  const events = syntheticRun(stages, evaluateEvery).map((event) =>
    event.kind === 'step' || event.kind === 'evaluated' ? { ...event, loss: event.loss + 0.05 * Math.sin(seed + event.step / 9) } : event,
  );
  return orUnmeasured(TE.fromEither(recordEvents(events)));
};

interface Raw {
  readonly name: string;
  readonly role: Entrant['role'];
  readonly records: readonly RunRecord[];
}

const entrant = async (index: number): Promise<Raw> => ({
  name: index === 0 ? 'pipeline' : `baseline ${index}`,
  role: index === 0 ? 'pipeline' : 'baseline',
  records: await Promise.all(SEEDS.map((seed) => recordOf(index === 0 ? PIPELINE : plain(index), seed))),
});

/** Milliseconds to make a report from records. */
const made = async (raw: readonly Raw[], folder: string): Promise<number> => {
  const began = performance.now();
  const all = raw.flatMap(({ records: [first, ...rest], ...others }): readonly Entrant[] =>
    first === undefined ? [] : [{ ...others, schedule: first.started.schedule, traces: [first, ...rest].map(traceOf) }],
  );
  const opposed = all.slice(1).map(({ name }) => ({ pipeline: 'pipeline', against: name }));
  const about = { seeds: SEEDS, backend: 'null', device: 'none', versions: {}, notes: [] };
  const written = writeReport(
    Folder.at(folder),
    compareEntrants(all, opposed, about),
    timingsOf(all, opposed, { workers: 1, notes: [] }),
    all,
  );
  await orUnmeasured(written);
  return performance.now() - began;
};

/** In its own window, like a file opened by a double click. */
const opened = async (browser: Browser, file: string): Promise<number> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const began = performance.now();
  await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
  // The first frame after this one may have been drawn before the page existed.
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
  const took = performance.now() - began;
  await context.close();
  return took;
};

const measured = async (times: number): Promise<ReportResult> => {
  const raw = await Promise.all(Array.from({ length: runs / seeds }, (_, index) => entrant(index)));
  const browser = await launchBrowser();
  if (E.isLeft(browser)) throw new Unmeasured(browser.left);
  const folder = await mkdtemp(resolve('dist', 'vcycle-bench-'));
  try {
    const makeMs = await made(raw, folder);
    const file = join(folder, REPORT);
    const openings: number[] = [];
    for (let time = 0; time < times; time++) openings.push(await opened(browser.right, file));
    const { size } = await stat(file);
    return { openMs: median(openings), makeMs, megabytes: size / 1e6 };
  } finally {
    await browser.right.close();
    await rm(folder, { recursive: true, force: true });
  }
};

export const measureReport = (times: number): Promise<Maybe<ReportResult>> => maybe(measured(times));
