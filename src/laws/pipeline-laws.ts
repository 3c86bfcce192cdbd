/**
 * Laws of stages: your own cycles, groups and policies, at every depth that they fit, or generated ones. Each is a fast-check property
 * whose counterexample is a pipeline as text. Not here: laws of one transfer (`transfer-laws.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { isJsonObject } from '../json-object.js';
import { plan, type StageCosts } from '../plan/plan.js';
import { addFlops, type Flops, noFlops } from '../program/types/flops.js';
import { gridOf } from '../schedule/grid.js';
import type { ByDirection, Directions } from '../schedule/moment-policies.js';
import type { MomentsPolicy, Stage } from '../schedule/schedule.js';
import { print, read, withMoments } from '../schedule/text/index.js';
import { type LeafStage, unrolled, type Visit, walk } from '../schedule/walk/walk.js';
import { broken, type Case, type Law, law, type Pipelines, type Seen, visitsOf, type Where } from './case.js';
import { begun, follow, type Network, untrained } from './follow.js';
import { networkFault, sameNetwork } from './transfer-laws.js';

const visitsIn = ({ found, schedule }: Pick<Seen, 'found' | 'schedule'>): readonly Visit[] => visitsOf(schedule(found));

const sameGrid = (a: Visit['from'], b: Visit['from']): boolean => JSON.stringify(gridOf(a)) === JSON.stringify(gridOf(b));

const returns = (stages: Pipelines, where: Where = {}): Law<Case> =>
  law(stages, where, (seen) => {
    const left: Visit['from'][] = [];
    const visits = visitsIn(seen);
    for (const { stage, at, op, level, from, ...grid } of visits) {
      if (stage.kind === 'restrict') left.push(from);
      const back = stage.kind === 'prolongate' ? left.pop() : undefined;
      if (back !== undefined && !sameGrid(back, { level, ...grid }))
        broken(`stage ${at}, ${op}, does not return to the grid that its restriction left`);
      if (level !== left.length) broken(`stage ${at}, ${op}, ends on level ${level} with ${left.length} restrictions open`);
    }
    if (left.length > 0) broken(`${left.length} levels are left open`);
  });

/** The same steps in the same order, whatever the levels: batches and global clocks depend on them. */
const steps = (stages: Pipelines, where: Where = {}): Law<Case> =>
  law(stages, where, (seen) => {
    let so = 0;
    for (const { stage, at, op, firstStep } of visitsIn(seen)) {
      if (firstStep !== so) broken(`stage ${at}, ${op}, begins with step ${firstStep} of the run, not ${so}`);
      if (stage.kind === 'train') so += stage.steps;
    }
  });

const stagesOf = (text: string): readonly Stage[] => {
  const stages = read(text);
  return E.isLeft(stages) ? broken(`${text}\n${stages.left.message}`) : stages.right;
};

const same = (what: string, found: readonly Stage[], wanted: readonly Stage[]): void => {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) broken(`${what}: ${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
};

const text = (stages: Pipelines, where: Where = {}): Law<Case> =>
  law(stages, where, ({ found: { stages: all } }) => {
    const printed = print(all);
    same('read back', ordered(stagesOf(printed)), ordered(all));
    if (print(stagesOf(printed)) !== printed) broken(`printed again it is ${print(stagesOf(printed))}`);
  });

/** Sorts keys, so that equal data are equal text. */
const ordered = <A>(value: A): A =>
  JSON.parse(
    JSON.stringify(value, (_key, each: unknown) =>
      isJsonObject(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
    ),
  );

/** Parentheses may nest 32 deep, and stages may contain some; longer pipelines are bracketed up to this depth. */
const MOST_BRACKETS = 20;

const brackets = (stages: Pipelines, where: Where = {}): Law<Case> =>
  law(stages, where, ({ found: { stages: all } }) => {
    const texts = all.slice(0, MOST_BRACKETS).map((stage) => print([stage]));
    const [left, right] = [texts.reduce((so, stage) => `(${so}) >> ${stage}`), texts.reduceRight((so, stage) => `${stage} >> (${so})`)];
    for (const bracketed of [left, right])
      same(`with brackets, ${bracketed}`, ordered(stagesOf(bracketed)), ordered(all.slice(0, MOST_BRACKETS)));
  });

/** Costs that differ between levels, parts and transfers. */
const costs: StageCosts = {
  step: ({ layers, width, trained }) => ({
    matmul: 100 * layers + 40 + (trained === undefined ? 7 : trained.layers.length),
    softmax: width,
    elementwise: 1,
  }),
  evaluation: ({ layers }) => ({ ...noFlops, matmul: layers }),
  transfer: ({ layers, from, stage }) => (stage.kind === 'arm' ? noFlops : { ...noFlops, elementwise: layers + from.layers }),
};

/** Costs by stage add up to the plan's total, and repeating stages twice costs twice as much if they return to where they began. */
const additive = (stages: Pipelines, where: Where = {}): Law<Case> =>
  law(stages, where, (seen) => {
    const visits = visitsIn(seen);
    const { found, schedule } = seen;
    const planned = plan(schedule(found), costs);
    const sum = planned.stages.reduce((so, { flops }) => addFlops(so, flops), noFlops);
    const equal = (what: string, is: Flops, should: Flops): void => {
      if (JSON.stringify(is) !== JSON.stringify(should)) broken(`${what} is ${JSON.stringify(is)}, not ${JSON.stringify(should)}`);
    };
    equal('the total', planned.total, sum);
    equal('training and transfers', addFlops(planned.training, planned.transfer), planned.total);
    const last = visits.at(-1);
    if (last === undefined || !sameGrid(last, visits[0]?.from ?? last) || has(found.stages, 'grow')) return;
    const twice = schedule({ ...found, stages: [{ kind: 'repeat', times: 2, stages: found.stages }] });
    equal('twice the stages', plan(twice, costs).total, addFlops(planned.total, planned.total));
  });

/** Whether any stage, at any depth, is of that kind; arms occur where there is a branch. */
const has = (stages: readonly Stage[], kind: LeafStage['kind']): boolean => [...unrolled(stages)].some(({ stage }) => stage.kind === kind);

/** Replaces each stage by the result of `by`, innermost stages first. */
const replaced = (stages: readonly Stage[], by: (stage: Stage) => readonly Stage[]): readonly Stage[] =>
  stages.flatMap((stage) => {
    if (stage.kind === 'repeat' || stage.kind === 'replicas') return by({ ...stage, stages: replaced(stage.stages, by) });
    return by(stage.kind === 'branch' ? { ...stage, arms: stage.arms.map((arm) => replaced(arm, by)) } : stage);
  });

const end = ({ found, heads, schedule }: Seen, stages = found.stages): Network => {
  const start = begun(found.layers, heads);
  return follow(walk(schedule({ ...found, stages })), start).at(-1) ?? start;
};

/** Gives all transfers one policy, or one for each direction. */
const withPolicy = (stages: readonly Stage[], policy: ByDirection<MomentsPolicy>): readonly Stage[] => {
  const both: Directions<MomentsPolicy> = typeof policy === 'string' ? { down: policy, up: policy } : policy;
  return withMoments(both, stages) as readonly Stage[];
};

/** Tau forbids moments that rescale, so laws about policies remove tau. */
const withoutTau = (stages: readonly Stage[]): readonly Stage[] =>
  replaced(stages, (stage) => {
    if (stage.kind !== 'restrict') return [stage];
    const { tau, ...restrict } = stage;
    return [restrict];
  });

const policies: readonly MomentsPolicy[] = ['carry', 'reset', 'rescale', 'zero-new', 'average'];

/**
 * Replaces branches by their first arm: a merge depends on which arms wrote, and changing moments counts as writing, so with branches
 * policies do affect which weights are kept.
 */
const firstArms = (stages: readonly Stage[]): readonly Stage[] =>
  replaced(stages, (stage) => (stage.kind === 'branch' ? (stage.arms[0] ?? []) : [stage]));

/** The weights, including those of the shared layers, do not depend on the policy. */
const momentsAlone = (stages: Pipelines, { policy, ...where }: Where & { readonly policy?: ByDirection<MomentsPolicy> } = {}): Law<Case> =>
  law(stages, where, (seen) => {
    const plainly = withoutTau(firstArms(seen.found.stages));
    const weightsBy = (said: ByDirection<MomentsPolicy>): string => {
      const { shared, layers } = end(seen, withPolicy(plainly, said));
      return JSON.stringify([shared, ...layers].map(({ values: [weights] }) => weights));
    };
    const carried = weightsBy('carry');
    for (const said of policy === undefined ? policies : [policy]) {
      const is = weightsBy(said);
      if (is !== carried) broken(`with moments ${JSON.stringify(said)} the weights are ${is}, with carry ${carried}`);
    }
  });

/** The mean of equal arms equals them up to rounding. */
const roundedMean = 1e-12;

/** Advice for a prolongation that replaces the layers that were left. */
const asCorrection = ({ stage }: Visit): string =>
  stage.kind === 'prolongate' && stage.correction.kind !== 'correction'
    ? '; only a correction adds what was learnt and no more: write prolongate(correction: 1)'
    : '';

/**
 * Without training, and with moments and counters carried, each return restores exactly the level that its restriction left: weights,
 * moments and counters.
 */
const untrainedReturns = (stages: Pipelines, where: Where = {}): Law<Case> =>
  law(stages, where, (seen) => {
    const { found, heads } = seen;
    const visits = visitsIn({ ...seen, found: { ...found, stages: withPolicy(found.stages, 'carry') } });
    const start = begun(found.layers, heads);
    const networks = follow(visits, start, untrained);
    const within = has(found.stages, 'arm') ? roundedMean : 0;
    const left: Network[] = [];
    for (const [index, visit] of visits.entries()) {
      const { stage, at, op } = visit;
      const [before, now] = [networks[index - 1] ?? start, networks[index] ?? start];
      if (stage.kind === 'restrict') left.push(before);
      const back = stage.kind === 'prolongate' ? left.pop() : undefined;
      const changed = back === undefined ? undefined : networkFault(now, back, within);
      if (changed !== undefined) broken(`stage ${at}, ${op}, with no training before it: ${changed}${asCorrection(visit)}`);
    }
  });

/** Wraps each sequence of stages between growths, which may not be in an arm, in a branch of one arm. */
const inOneArm = (stages: readonly Stage[]): readonly Stage[] => {
  const branched: Stage[] = [];
  let arm: Stage[] = [];
  const close = (): void => {
    if (arm.length > 0) branched.push({ kind: 'branch', arms: [arm], shared: { kind: 'average' } });
    arm = [];
  };
  for (const stage of stages) {
    if (!has([stage], 'grow')) arm.push(stage);
    else {
      close();
      branched.push(stage);
    }
  }
  close();
  return branched;
};

/** A branch of one arm is equivalent to the arm: exactly the same network. */
const oneArm = (stages: Pipelines, where: Where = {}): Law<Case> =>
  law(stages, where, (seen) => {
    const branched = inOneArm(seen.found.stages);
    visitsIn({ ...seen, found: { ...seen.found, stages: branched } });
    sameNetwork('as branches of one arm', end(seen, branched), end(seen));
  });

/** Expands repeats. */
const writtenOut = (stages: readonly Stage[]): readonly Stage[] =>
  replaced(stages, (stage) => (stage.kind === 'repeat' ? Array.from({ length: stage.times }, () => stage.stages).flat() : [stage]));

const repeats = (stages: Pipelines, where: Where = {}): Law<Case> =>
  law(stages, where, (seen) => sameNetwork('with its repeats written out', end(seen, writtenOut(seen.found.stages)), end(seen)));

/** Counts of updates, which Adam's bias correction reads, are never negative. */
const counters = (stages: Pipelines, where: Where = {}): Law<Case> =>
  law(stages, where, (seen) => {
    const visits = visitsIn(seen);
    for (const [index, { shared, layers }] of follow(visits, begun(seen.found.layers, seen.heads)).entries()) {
      const { at, op } = visits[index] ?? broken('there are as many networks as stages');
      for (const [place, { updates }] of [shared, ...layers].entries())
        if (!(updates >= 0))
          broken(`after stage ${at}, ${op}, ${place === 0 ? 'the shared layers count' : `layer ${place - 1} counts`} ${updates} updates`);
    }
  });

export const pipelineLaws = { returns, steps, counters, text, brackets, additive, momentsAlone, untrainedReturns, oneArm, repeats };
