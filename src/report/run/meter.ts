/**
 * The progress of a run at a step: stage, level, loss, tokens/s, FLOP/s, time left. A listener on a run's events that prints nothing, so that a step costs
 * only a few additions. Not here: lines on a terminal (`progress.ts`).
 */

import type { EventOf, RunEvent, StagePlace } from '../../runner/events/events.js';
import { depthOf } from '../../schedule/grid.js';
import type { Word } from '../table/fit-line.js';
import { counted, duration, loss, quantity } from '../table/format.js';

type StepEvent = EventOf<'step'>;

/** The weight of the past in the averages, which cover about the last twenty steps. */
const MEMORY = 0.95;

interface Averages {
  steps: number;
  stages: readonly StagePlace[];
  stage: StagePlace | undefined;
  started: number;
  tokens: number;
  flops: number;
  seconds: number;
  lastFlops: number;
  /** Seconds of all steps so far; the difference from wall-clock time is what evaluation and transfers add. */
  stepping: number;
  secondsPerStep: Map<number, { readonly layers: number; readonly seconds: number }>;
}

const average = (meter: Averages, event: StepEvent): void => {
  meter.tokens = MEMORY * meter.tokens + event.tokens;
  meter.flops = MEMORY * meter.flops + (event.flops - meter.lastFlops);
  meter.seconds = MEMORY * meter.seconds + event.seconds;
  meter.lastFlops = event.flops;
  meter.stepping += event.seconds;
  const past = meter.secondsPerStep.get(event.level);
  const seconds = past === undefined ? event.seconds : MEMORY * past.seconds + (1 - MEMORY) * event.seconds;
  meter.secondsPerStep.set(event.level, { layers: meter.stage === undefined ? 1 : depthOf(meter.stage), seconds });
};

/** The time for a level that has not run is estimated from one that has, in proportion to depth. */
const secondsPerStep = (meter: Averages, stage: StagePlace): number => {
  const known = meter.secondsPerStep.get(stage.level);
  if (known !== undefined) return known.seconds;
  const [other] = meter.secondsPerStep.values();
  return other === undefined ? 0 : (other.seconds * depthOf(stage)) / other.layers;
};

const secondsLeft = (meter: Averages, event: StepEvent): number => {
  const ahead = meter.stages
    .filter((stage) => stage.index >= event.stage)
    .reduce((sum, stage) => {
      const steps = stage.index === event.stage ? stage.steps - event.stageStep : stage.steps;
      return sum + steps * secondsPerStep(meter, stage);
    }, 0);
  const overhead = meter.stepping > 0 ? Math.max(1, (event.time - meter.started) / 1000 / meter.stepping) : 1;
  return ahead * overhead;
};

export interface Meter {
  observe(event: RunEvent): void;
  /** The share of training steps that are done; 0 before the first one. */
  share(): number;
  /** `500/2500`, `train(2000)`, `level 1`, `loss 1.2345`, rates, time left; none before the first step. On a narrow line the rates are left out first. */
  words(): readonly Word[];
}

export const createMeter = (): Meter => {
  let meter: Averages | undefined;
  let last: StepEvent | undefined;
  let thrown = 0;
  let returns = 0;
  const rate = (amount: number, { seconds }: Averages): number => (seconds > 0 ? amount / seconds : 0);
  return {
    observe: (event) => {
      if (event.kind === 'run-started') {
        last = undefined;
        [thrown, returns] = [0, 0];
        meter = {
          steps: event.steps,
          stages: event.stages,
          stage: undefined,
          started: event.time,
          tokens: 0,
          flops: 0,
          seconds: 0,
          lastFlops: 0,
          stepping: 0,
          secondsPerStep: new Map(),
        };
      } else if (event.kind === 'stage-started' && meter !== undefined) meter.stage = event.stage;
      else if (event.kind === 'run-resumed' && meter !== undefined) {
        // The work of an earlier process does not count towards the speed of this one.
        meter.lastFlops = event.flops;
        meter.started = event.time;
      } else if (event.kind === 'step' && meter !== undefined) {
        average(meter, event);
        last = event;
      } else if (event.kind === 'spiked') {
        thrown += event.thrown.steps;
        returns += 1;
      }
    },
    share: () => (last === undefined || meter === undefined ? 0 : (last.step - thrown) / Math.max(1, meter.steps)),
    words: () =>
      last === undefined || meter === undefined
        ? []
        : [
            { text: `${last.step - thrown}/${meter.steps}`, yields: 6 },
            { text: meter.stage?.op ?? '', yields: 5, cuts: true },
            // A transfer after the last step may lead to another level.
            { text: `level ${meter.stage?.level ?? last.level}`, yields: 4 },
            { text: `loss ${loss(last.loss)}` },
            // Why the number of steps went back.
            ...(returns === 0 ? [] : [{ text: counted(returns, 'spike'), yields: 3 }]),
            { text: quantity(rate(meter.tokens, meter), 'tok/s'), yields: 2 },
            { text: quantity(rate(meter.flops, meter), 'FLOP/s'), yields: 1 },
            { text: `${duration(secondsLeft(meter, last))} left` },
          ],
  };
};
