/** What a command that continues a run, or begins another one with its stages, takes from its folder: its data, its backend. */
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Dataset } from '../../data/dataset.js';
import type { Fault } from '../../fault.js';
import { given } from '../../options.js';
import { RUN_FILES, type Unfinished } from '../../runner/folder/run-folder.js';
import { stageSources } from '../../runner/state/stage-data.js';
import type { DataSource } from '../../schedule/schedule.js';
import { type BackendChoice, compiles } from '../backends/registry.js';
import { DEFAULT_BACKEND } from '../options/backend-option.js';
import { loadData } from './load-data.js';

/** Options about a backend; each by default as the run began. */
export interface BackendOptions {
  readonly backend?: string;
  readonly allowCpu: boolean;
  readonly threads?: number;
  /** A run cannot continue with another one. */
  readonly precision?: 'f32' | 'bf16';
  readonly torchCompile?: boolean;
  readonly ranks?: number;
  readonly branches?: 'in-turn' | 'parallel';
  readonly rendezvous?: string;
}

/** A run stores the path of its text as the pipeline wrote it, but not the folder that it is relative to. */
const RELATIVE = '; the path is as the pipeline has it, relative to the folder in which the run began: resume from there';

const isElsewhere = (data: DataSource): boolean =>
  data.kind === 'text' && !data.source.startsWith('npm:') && !isAbsolute(data.source) && !existsSync(data.source);

/** The data of a run. */
export const dataOfRun = async ({ folder, schedule }: Pick<Unfinished, 'folder' | 'schedule'>): Promise<E.Either<Fault, Dataset>> => {
  const dataset = await loadData(schedule, join(folder, RUN_FILES.schedule))();
  return [schedule.setup.data, ...stageSources(schedule)].some(isElsewhere)
    ? E.mapLeft((fault: Fault) => ({ ...fault, message: `${fault.message}${RELATIVE}` }))(dataset)
    : dataset;
};

/** The backend that a run continues on: what it began on, as far as the options do not say otherwise. */
export const choiceFor = ({ started }: Pick<Unfinished, 'started'>, options: BackendOptions): BackendChoice => {
  const { allowCpu, threads } = options;
  const backend = options.backend ?? started?.backend ?? DEFAULT_BACKEND;
  // Where a backend knows neither, the run itself says that it cannot continue there.
  const began = compiles(backend) ? started : undefined;
  const torchCompile = options.torchCompile ?? began?.compiled;
  const precision = options.precision ?? (began?.precision === 'bf16' ? 'bf16' : undefined);
  // Another backend may have no ranks, and the ranks of several machines are said for each.
  const asBefore = backend === started?.backend && options.rendezvous === undefined;
  return {
    backend,
    allowCpu,
    ...given({
      threads,
      precision,
      torchCompile,
      ranks: options.ranks ?? (asBefore ? started.ranks : undefined),
      branches: options.branches ?? (asBefore && started.armsAtOnce === true ? 'parallel' : undefined),
    }),
  };
};
