/**
 * Stages as data: the builders' values without groups. Not here: the builders (`stages.ts`), whether the stages make sense (`verify` of
 * src/schedule).
 */
import { match } from 'ts-pattern';
import { type Invalid, invalid } from '../src/invalid.js';
import { MOST_NESTED } from '../src/schedule/bounds/counts.js';
import type { Stage } from '../src/schedule/schedule.js';
import { inside, mustBe } from '../src/schedule/sentences.js';
import { shownValue } from '../src/shown-value.js';
import { fitOf, lineSearchOf, type StageLike } from './stages.js';

/** In plain JavaScript a stage that contains others may contain anything in their place: the sentence about it, or nothing. */
const unlisted = (stage: StageLike): Invalid | undefined => {
  const lists: readonly unknown[] = match(stage)
    .with({ kind: 'branch' }, ({ arms }) => (Array.isArray(arms) ? arms : [arms]))
    .with({ kind: 'sequence' }, ({ stages }) => [stages])
    .with({ kind: 'repeat' }, (repeated) => ('factor' in repeated ? [] : [repeated.stages]))
    .with({ kind: 'replicas' }, ({ stages }) => [stages])
    .otherwise(() => []);
  const at = lists.findIndex((list) => !Array.isArray(list));
  return at === -1 ? undefined : invalid(inside(stage.kind, mustBe('what it holds', 'a list of stages', shownValue(lists[at]))));
};

/** Dissolves groups, however deep they are nested; in plain JavaScript there may be another value in place of a list. */
const ungrouped = (stages: readonly StageLike[]): readonly StageLike[] => {
  const found: StageLike[] = [];
  const ahead = [...stages].reverse();
  while (ahead.length > 0) {
    const stage = ahead.pop() as StageLike;
    // In plain JavaScript anything may be here; the verifier says what is wrong with it.
    const isGroup = stage !== null && stage !== undefined && stage.kind === 'sequence' && Array.isArray(stage.stages);
    if (isGroup) for (const inner of (stage.stages as readonly StageLike[]).toReversed()) ahead.push(inner);
    else found.push(stage);
  }
  return found;
};

/**
 * Plain stages: groups dissolved, `prolongate` and `evaluate` as data.
 *
 * @param depth the number of enclosing repeats and branches. Stages that are nested too deep are dropped, since the verifier refuses the depth
 * anyway.
 */
export const plain = (stages: readonly StageLike[], depth = 0): readonly Stage[] => {
  const within = (held: readonly StageLike[]): readonly Stage[] => (depth < MOST_NESTED ? plain(held, depth + 1) : []);
  return ungrouped(stages).map((stage): Stage => {
    if (stage === null || stage === undefined) return stage;
    const wrong: unknown = unlisted(stage);
    if (wrong !== undefined) return wrong as Stage;
    if (stage.kind === 'repeat') {
      return 'factor' in stage
        ? { kind: stage.kind, times: stage.factor, stages: [] }
        : { ...stage, stages: within(stage.stages as readonly StageLike[]) };
    }
    if (stage.kind === 'branch') return { ...stage, arms: stage.arms.map((arm) => within(arm)) };
    if (stage.kind === 'replicas') return { ...stage, stages: within(stage.stages as readonly StageLike[]) } as Stage;
    // `prolongate` itself is a function, and so is `evaluate`.
    if (stage.kind === 'evaluate') return { ...stage };
    if (stage.kind !== 'prolongate') return stage as Stage;
    const { lineSearch, fit, ...others } = stage;
    return { ...others, ...lineSearchOf(lineSearch), ...fitOf(fit) };
  });
};
