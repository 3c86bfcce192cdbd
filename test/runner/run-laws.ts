/**
 * What must hold of any run that finished: events in their order, evaluation when the rule says, batches by seed and step alone (law 8), and law 5:
 * planned is counted, exactly, stage by stage. Not here: which runs (`run.test.ts`, `family.test.ts`).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, DeviceTensor, HostTensor } from '../../src/backend.js';
import { heldOutBatch, microbatches, trainingBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { survivals } from '../../src/model/stochastic-depth.js';
import type { Plan } from '../../src/plan/plan.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import { addFlops, type Flops, noFlops, scaleFlops } from '../../src/program/types/flops.js';
import type { RunEvent, StageRecord } from '../../src/runner/events/events.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { canonicalJson } from '../../src/schedule/json/canonical.js';
import type { Schedule, Setup, Stage } from '../../src/schedule/schedule.js';
import { unrolled } from '../../src/schedule/walk/walk.js';
import { endOf } from './end-oracle.js';
import { type Execution, type RunWithEvents, right } from './harness.js';
import { VOCABULARY } from './pipelines.js';

/** One letter an event. */
const letter: Readonly<Record<RunEvent['kind'], string>> = {
  'run-started': 'R',
  'stage-started': '[',
  step: 's',
  evaluated: 'e',
  spiked: 'x',
  transferred: 't',
  'stage-ended': ']',
  checkpointed: 'c',
  'run-resumed': 'r',
  'run-ended': '.',
};

const isEvaluation = ({ program }: Execution): boolean => program.startsWith('evaluation');
const isTraining = ({ program }: Execution): boolean => /^(training-step|gradient|update)/.test(program);
/** Those that see sequences. */
const isOfBatch = (execution: Execution): boolean => isTraining(execution) && !execution.program.startsWith('update');
const numbers = (tensor: DeviceTensor | HostTensor | undefined): ArrayLike<number> =>
  tensor !== undefined && 'data' in tensor ? tensor.data : assert.fail('a batch is given as a host tensor');

const assertWithin = (flops: Flops, least: Flops, most: Flops): void => {
  for (const each of ['matmul', 'softmax', 'elementwise'] as const)
    assert.ok(least[each] <= flops[each] && flops[each] <= most[each], each);
};

/** Law 5: what the plan says is what was counted, and what the executed programs come to, stage by stage. */
export const assertCounted = (plan: Plan, records: readonly StageRecord[], executions: readonly Execution[]): void => {
  assert.equal(records.length, plan.stages.length);
  for (const [index, record] of records.entries()) {
    const planned = plan.stages[index] ?? assert.fail();
    // A line search may end before its last try: it costs what the plan says for as many.
    assert.equal(record.search === undefined, planned.byTries === undefined);
    const expected = record.search === undefined ? planned.flops : planned.byTries?.[record.search.tries - 1];
    assert.deepEqual(record.planned, expected);
    assert.deepEqual(record.counted, record.kind === 'train' ? scaleFlops(record.stepsRun, planned.flopsPerStep) : expected);
    assert.ok(planned.least.evaluations <= record.evaluations && record.evaluations <= planned.evaluations);
    assert.ok(planned.least.steps <= record.stepsRun && record.stepsRun <= planned.steps);
    assert.equal(record.tokens, record.stepsRun * planned.batch * planned.context);
  }
  const executed = (kind: (execution: Execution) => boolean) =>
    executions.filter(kind).reduce((sum, execution) => addFlops(sum, execution.flops), noFlops);
  const recorded = (flopsOf: (record: StageRecord) => Flops) => records.map(flopsOf).reduce(addFlops, noFlops);
  assert.deepEqual(
    executed(isTraining),
    recorded(({ kind, counted }) => (kind === 'train' ? counted : noFlops)),
  );
  assert.deepEqual(
    executed(isEvaluation),
    recorded(({ evaluationFlops }) => evaluationFlops),
  );
  assertWithin(executed(isTraining), plan.least.training, plan.training);
  assertWithin(executed(isEvaluation), plan.least.evaluation, plan.evaluation);
  assert.deepEqual(
    executed((execution) => !isTraining(execution) && !isEvaluation(execution)),
    records.filter(({ kind }) => kind !== 'train').reduce((sum, { planned }) => addFlops(sum, planned), noFlops),
  );
};

const given = (parts: readonly Execution[], name: string): readonly number[] =>
  parts.flatMap(({ inputs }) => Array.from(numbers(inputs.get(name))));

interface Shape {
  readonly batch: number;
  readonly context: number;
}

/** A step that ran, as its batch is drawn: replicas take the same one, each a part of it. */
interface Drawn extends Shape {
  readonly step: number;
  readonly part: { readonly index: number } | undefined;
}

/** Executions that together saw a batch: one, or one a microbatch. @param shapeOf the shape of each batch. */
const wholeBatches = (executions: readonly Execution[], shapeOf: (index: number) => Shape): readonly (readonly Execution[])[] => {
  const whole: Execution[][] = [];
  for (const execution of executions) {
    const last = whole.at(-1);
    const { batch, context } = shapeOf(Math.max(0, whole.length - 1));
    if (last === undefined || given(last, 'inputs').length === batch * context) whole.push([execution]);
    else last.push(execution);
  }
  return whole;
};

/** The batch of each step that ran, from its stage, or else from the setup. */
export const shapesOfSteps = ({ stages, setup: { batch, model } }: Schedule, records: readonly StageRecord[]): readonly Drawn[] => {
  const unfolded = [...unrolled(stages)];
  let step = 0;
  let round = 0;
  return records.flatMap(({ index, stepsRun }) => {
    const { stage, replica } = unfolded[index] ?? assert.fail();
    if (stage.kind === 'arm' && stage.round !== undefined) {
      if (stage.arm === 1) round = step;
      step = round;
    }
    if (stage.kind !== 'train') return [];
    const shape = { batch: stage.batch ?? batch, context: stage.context ?? model.context, part: replica };
    return Array.from({ length: stepsRun }, () => ({ ...shape, step: step++ }));
  });
};

/** Law 8: batches by seed and step alone, whatever the level; and so are the layers that take part. */
export const assertDrawn = (setup: Setup, executions: readonly Execution[], steps: readonly Drawn[]): void => {
  const data = tokensDataset(VOCABULARY);
  const shape = { batch: setup.batch, context: setup.model.context };
  const shapeOf = (step: number): Drawn => steps[step] ?? assert.fail(`there is no step ${step}`);
  const batches = wholeBatches(executions.filter(isOfBatch), shapeOf);
  assert.equal(batches.length, steps.length);
  for (const [index, parts] of batches.entries()) {
    const { part, step, ...of } = shapeOf(index);
    const large = right(trainingBatch(data, { ...of, batch: of.batch * (1 + (part?.index ?? 0)), seed: setup.seed, step }));
    const batch = microbatches(large, 1 + (part?.index ?? 0)).at(-1) ?? assert.fail();
    assert.deepEqual([given(parts, 'inputs'), given(parts, 'targets')], [[...batch.inputs], [...batch.targets]]);
    for (const { inputs } of parts) {
      const taking = [...inputs].flatMap(([name, value]) => (name.endsWith('/survival') ? [numbers(value)[0] ?? assert.fail()] : []));
      const wanted = survivals({ seed: setup.seed, step, layers: taking.length, last: 0.5 });
      assert.deepEqual(taking, wanted.map(Math.fround));
    }
  }
  const { batches: count } = setup.evaluation;
  for (const [index, parts] of wholeBatches(executions.filter(isEvaluation), () => shape).entries())
    assert.deepEqual(given(parts, 'inputs'), [...right(heldOutBatch(data, { ...shape, index: index % count, count })).inputs]);
};

/** Whether the network as it is saved is the one that trained last, or was looked at; a branch of one arm is that arm. */
const isLastSeen = (stages: readonly Stage[]): boolean => {
  const last = stages.at(-1) ?? assert.fail('a pipeline has stages');
  if (last.kind === 'repeat') return isLastSeen(last.stages);
  if (last.kind === 'branch') return last.arms.length === 1 && isLastSeen(last.arms[0] ?? []);
  return last.kind === 'train' || last.kind === 'evaluate';
};

/** What must hold of any run that finished. */
export const assertLaws = (
  schedule: Schedule,
  { result, events }: RunWithEvents,
  executions: readonly Execution[],
  backend: Backend,
  folder: string,
): void => {
  const summary = right(result);
  const { setup } = schedule;
  const plan = right(planSchedule(schedule, { vocabulary: VOCABULARY, capabilities: backend.capabilities }));
  assert.deepEqual(summary.outcome, { kind: 'finished' });

  // Order.
  const order = events.map(({ kind }) => letter[kind]).join('');
  // Rounds of replicas are evaluated after their merges; a checkpoint is taken before those.
  const replicated = [...unrolled(schedule.stages)].some(({ replica }) => replica !== undefined);
  assert.match(
    order,
    replicated
      ? /^Rc(\[(te?\]|ec?\]|(s(ec)?)*s(ec)?c?\]))*\[(te?\]|ec\]|(s(ec)?)*sec\])\.$/
      : /^Rc(\[(t\]|ec\]|(s(ec)?)*sec\]))*\[(te?\]|ec\]|(s(ec)?)*sec\])\.$/,
  );
  assert.equal(order.endsWith('te].'), !isLastSeen(schedule.stages), 'what is saved is evaluated once');
  events.forEach(({ time }, index) => {
    assert.ok(time >= (events[index - 1]?.time ?? 0));
  });
  assert.deepEqual(
    readFileSync(join(folder, RUN_FILES.events), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    JSON.parse(JSON.stringify(events)),
  );
  const started = events.flatMap((event) => (event.kind === 'stage-started' ? [event.stage] : []));
  assert.deepEqual(
    started.map(({ index, op, level, layers, h, steps }) => ({ index, op, level, layers, h, steps })),
    plan.stages.map(({ index, op, level, layers, h, steps }) => ({ index, op, level, layers, h, steps })),
  );

  // Steps: numbered through, on the stage's level, evaluated after every k-th and after a stage's last.
  const visits = [...unrolled(schedule.stages)];
  let step = 0;
  let flops = 0;
  for (const [index, event] of events.entries()) {
    if (event.kind === 'transferred') flops += event.flops.matmul;
    if (event.kind !== 'step') continue;
    step += 1;
    const stage = plan.stages[event.stage] ?? assert.fail();
    flops += stage.flopsPerStep.matmul;
    assert.deepEqual([event.step, event.level, event.tokens, event.flops], [step, stage.level, stage.batch * stage.context, flops]);
    const { every } = setup.evaluation;
    const apart = visits[event.stage]?.replica !== undefined;
    const due = !apart && (event.stageStep === summary.stages[event.stage]?.stepsRun || (every > 0 && step % every === 0));
    assert.equal(events[index + 1]?.kind === 'evaluated', due, `step ${step}`);
  }
  assert.ok(plan.least.steps <= step && step <= plan.steps, `${step} steps`);

  const records = summary.stages;
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'stage-ended' ? [event.record] : [])),
    records,
  );
  for (const record of records) {
    assert.equal(record.trainingLoss === undefined, record.kind !== 'train');
    assert.equal(record.endedBy, endOf(schedule, events, record));
  }
  assertCounted(plan, records, executions);
  assertDrawn(setup, executions, shapesOfSteps(schedule, records));

  // The folder, and what the backend still holds.
  assert.equal(readFileSync(join(folder, RUN_FILES.schedule), 'utf8'), canonicalJson(schedule));
  const written = JSON.parse(readFileSync(join(folder, RUN_FILES.summary), 'utf8'));
  assert.deepEqual(
    [written.outcome, written.stages, written.backend],
    [summary.outcome, JSON.parse(JSON.stringify(records)), backend.name],
  );
  assert.equal(backend.memory().held, 0);
};
