/**
 * The package `vcycle`: pipelines, what they mean, what they cost, and running them. Backends are imported by their own names
 * (`vcycle/backends/onnx`, `vcycle/backends/null`), so that a program pays only for the one it uses.
 *
 * What can fail returns a `Result`. fp-ts appears only in the contracts that vcycle calls and a program may implement: `Backend`, places of runs,
 * tokenizers (docs/decisions/0018). Every type that a signature names is exported, those of fp-ts too, so that a program's declarations can name it
 * wherever its package manager installs vcycle's dependencies (test/types/consumer.test.ts).
 */
export * from '../dsl/index.js';
export type * from './backend.js';
export { type Dataset, type TextDataset, type TextSplit, type TokensDataset, tokensDataset } from './data/dataset.js';
export type { DataDescription } from './data/sources/load-dataset.js';
export { storeOf, type TokenStore } from './data/token-store.js';
export type { Fault } from './fault.js';
export type { FileSystem, Opening, Status } from './files/file-system.js';
export type { Invalid } from './invalid.js';
export {
  bind,
  decode,
  loadData,
  loadDataset,
  type PlanOptions,
  parse,
  plan,
  type ResumeOptions,
  type RunOptions,
  resume,
  run,
  type SampleOptions,
  sample,
  textDataset,
  verify,
} from './library.js';
export type { OpenBackend } from './open-backend.js';
export type { Plan, PlannedStage } from './plan/plan.js';
export type { TracedPlan } from './plan/plan-schedule.js';
export type { Flops } from './program/types/flops.js';
export { orThrow, type Result } from './result.js';
export type { RunEvent, RunOutcome, SavedNetwork, StagePlace, StageRecord } from './runner/events/events.js';
export { onDisk } from './runner/folder/disk-folder.js';
export { MemoryFolder } from './runner/folder/memory-folder.js';
export type { LastingPlace, RunFolder, RunPlace, Unfinished } from './runner/folder/run-folder.js';
export type { Sample } from './runner/sampler.js';
export type { RunSummary } from './runner/stage-machine.js';
export { canonicalJson, scheduleHash } from './schedule/json/canonical.js';
export type { ByDirection, Directions } from './schedule/moment-policies.js';
export type * from './schedule/schedule.js';
export { SCHEDULE_VERSION } from './schedule/schedule.js';
export { type Bindings, type OpenStages, print } from './schedule/text/index.js';
export { type Visit, walk } from './schedule/walk/walk.js';
