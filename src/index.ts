/**
 * The package `vcycle`: pipelines, what they mean, what they cost, and running them. Backends are imported by their own names
 * (`vcycle/backends/onnx`, `vcycle/backends/null`), so that a program pays only for the one it uses.
 */
export * from '../dsl/index.js';
export type * from './backend.js';
export { type Dataset, textDataset, tokensDataset } from './data/dataset.js';
export { loadDataset } from './data/load-dataset.js';
export type { Fault } from './fault.js';
export type { Flops } from './program/flops.js';
export type { RunEvent, RunOutcome, StagePlace, StageRecord } from './runner/events.js';
export { onDisk } from './runner/folder/disk-folder.js';
export { MemoryFolder } from './runner/folder/memory-folder.js';
export type { RunFolder, RunPlace } from './runner/folder/run-folder.js';
export { planSchedule, type TracedPlan } from './runner/plan-schedule.js';
export { resume } from './runner/resume.js';
export { type RunSummary, run } from './runner/run.js';
export { sample } from './runner/sample.js';
export type { Invalid } from './schedule/invalid.js';
export { canonicalJson, scheduleHash } from './schedule/json.js';
export type { Plan, PlannedStage } from './schedule/plan.js';
export type * from './schedule/schedule.js';
export { SCHEDULE_VERSION } from './schedule/schedule.js';
export { decode } from './schedule/schema.js';
export { bind, parse, print } from './schedule/text/index.js';
export { verify } from './schedule/verify.js';
export { walk } from './schedule/walk.js';
