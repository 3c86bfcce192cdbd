/**
 * The events of a run that never ran: a falling loss over given stages, for tests of what is made of events. Not a test itself.
 */
import { scaleFlops } from '../../src/program/types/flops.js';
import type { RunEvent, StagePlace, StageRecord } from '../../src/runner/events/events.js';

export type SyntheticStage = readonly [op: string, kind: StagePlace['kind'], level: number, layers: number, steps: number];

/**
 * A layer costs a GFLOP a step; each step takes 10 ms and 100 tokens. Evaluated at the end of each training stage, and within it every so many of
 * its steps; 0 for none.
 */
export const syntheticRun = (stages: readonly SyntheticStage[], evaluateEvery = 0): readonly RunEvent[] => {
  const places = stages.map(
    ([op, kind, level, layers, steps], index): StagePlace => ({
      index,
      op,
      kind,
      branches: 0,
      level,
      layers,
      heads: 1,
      width: 4,
      h: 2 ** level,
      steps,
    }),
  );
  const events: RunEvent[] = [
    {
      kind: 'run-started',
      time: 0,
      backend: 'null',
      device: 'none',
      versions: {},
      schedule: {
        version: 1,
        setup: {
          model: { kind: 'gpt', layers: places[0]?.layers ?? 1, heads: 1, width: 4, context: 4, bias: true },
          data: { kind: 'tokens', vocabulary: 8 },
          optimizer: {
            kind: 'sgd',
            momentum: 0,
            clip: 0,
            weightDecay: 0,
            learningRate: { kind: 'constant', peak: 1, warmup: 0, clock: 'global' },
          },
          batch: 25,
          seed: 1,
          evaluation: { every: 0, batches: 1 },
        },
        stages: [{ kind: 'train', steps: 1 }],
      },
      stages: places,
      steps: places.reduce((sum, { steps }) => sum + steps, 0),
      checkpoints: { every: 100, keep: 2 },
    },
  ];
  let step = 0;
  let flops = 0;
  for (const place of places) {
    const { index, level, layers, steps } = place;
    events.push({ kind: 'stage-started', time: 10 * step, stage: place });
    const evaluation = { matmul: 5e8 * layers, softmax: 1, elementwise: 2 };
    const isEvaluated = (stageStep: number): boolean => stageStep === steps || (evaluateEvery > 0 && stageStep % evaluateEvery === 0);
    let evaluations = 0;
    for (let stageStep = 1; stageStep <= steps; stageStep++) {
      step += 1;
      flops += layers * 1e9;
      const loss = 1 + 3 * Math.exp(-step / 50);
      events.push({
        kind: 'step',
        time: 10 * step,
        stage: index,
        level,
        step,
        stageStep,
        loss,
        learningRate: 0.1,
        gradientNorm: 1,
        tokens: 100,
        flops,
        seconds: 0.01,
      });
      if (!isEvaluated(stageStep)) continue;
      evaluations += 1;
      events.push({
        kind: 'evaluated',
        time: 10 * step,
        stage: index,
        level,
        step,
        loss: 0.1 + loss,
        trainingFlops: flops,
        flops: evaluation,
        seconds: 0.02,
      });
    }
    const training = { matmul: steps * layers * 1e9, softmax: steps, elementwise: 2 * steps };
    const record: StageRecord = {
      ...place,
      stepsRun: steps,
      tokens: 100 * steps,
      planned: training,
      counted: training,
      evaluations,
      evaluationFlops: scaleFlops(evaluations, evaluation),
      seconds: 0.01 * steps,
      ...(steps > 0 ? { trainingLoss: 1 + 3 * Math.exp(-step / 50), validationLoss: 1.1 + 3 * Math.exp(-step / 50) } : {}),
    };
    events.push({ kind: 'stage-ended', time: 10 * step, record });
  }
  events.push({ kind: 'run-ended', time: 10 * step, outcome: { kind: 'finished' }, seconds: 0.01 * step });
  return events;
};
