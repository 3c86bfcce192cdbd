/**
 * The package `vcycle`: pipelines, what they mean, what they cost, and running them. Backends are imported by their own names
 * (`vcycle/backends/onnx`, `vcycle/backends/null`), so that a program pays only for the one it uses.
 *
 * Every type that a signature names is exported, those of fp-ts too: a program's declarations can then say what it exports, wherever its package
 * manager puts what vcycle depends on (test/types/consumer.test.ts).
 */
export * from '../dsl/index.js';
export type * from './backend.js';
export { type Dataset, type TextDataset, type TextSplit, type TokensDataset, textDataset, tokensDataset } from './data/dataset.js';
export { type DataDescription, loadDataset } from './data/load-dataset.js';
export { storeOf, type TokenStore } from './data/token-store.js';
export type { Fault } from './fault.js';
export type { FileSystem, Opening, Status } from './files/file-system.js';
export type { Invalid } from './invalid.js';
export type { Plan, PlannedStage } from './plan/plan.js';
export { type PlanOptions, planSchedule, type TracedPlan } from './plan/plan-schedule.js';
export type { Flops } from './program/flops.js';
export type { RunEvent, RunOutcome, SavedNetwork, StagePlace, StageRecord } from './runner/events.js';
export { onDisk } from './runner/folder/disk-folder.js';
export { MemoryFolder } from './runner/folder/memory-folder.js';
export type { LastingPlace, RunFolder, RunPlace } from './runner/folder/run-folder.js';
export type { Unfinished } from './runner/folder/unfinished.js';
export { type ResumeOptions, resume } from './runner/resume.js';
export { type RunOptions, type RunSummary, run } from './runner/run.js';
export { type SampleOptions, sample } from './runner/sample.js';
export type { Sample } from './runner/sampler.js';
export { canonicalJson, scheduleHash } from './schedule/json/canonical.js';
export { decode } from './schedule/json/schema.js';
export type { ByDirection, Directions } from './schedule/moments.js';
export type * from './schedule/schedule.js';
export { SCHEDULE_VERSION } from './schedule/schedule.js';
export { type Bindings, bind, type OpenStages, parse, print } from './schedule/text/index.js';
export { verify } from './schedule/verify/verify.js';
export { type Visit, walk } from './schedule/walk/walk.js';
