/** What line searches may cost, and which steps they took, as sentences under the tables. Not here: how a line search runs (`src/runner`). */

import type { Plan } from '../../plan/plan.js';
import type { StageRecord } from '../../runner/events/events.js';
import { quantity } from '../table/format.js';

/** Under a plan: the range of the cost, because the table assumes all tries. Empty without line searches. */
export const plannedSearches = ({ stages }: Plan): readonly string[] => {
  const searches = stages.flatMap(({ byTries }) => (byTries === undefined ? [] : [byTries]));
  if (searches.length === 0) return [];
  const sum = (of: (byTries: (typeof searches)[number]) => number): string =>
    quantity(
      searches.reduce((total, byTries) => total + of(byTries), 0),
      'FLOP',
    );
  return [
    `Line searches (${searches.length}) take from ${sum((tries) => tries[0]?.matmul ?? 0)} to ${sum((tries) => tries.at(-1)?.matmul ?? 0)}; the table has the most.`,
  ];
};

const timesOf = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);

/** Under a run: how often each α was taken, and how often none. */
export const takenSearches = (stages: readonly StageRecord[]): readonly string[] => {
  const counts = new Map<number, number>();
  for (const { search } of stages) if (search !== undefined) counts.set(search.alpha, (counts.get(search.alpha) ?? 0) + 1);
  if (counts.size === 0) return [];
  const parts = [...counts]
    .sort(([a], [b]) => b - a)
    .map(([alpha, count]) =>
      alpha === 0 ? `kept the fine level (${timesOf(count)})` : `took α = ${Number(alpha.toPrecision(4))} (${timesOf(count)})`,
    );
  return [`Line searches ${parts.join(', ')}.`];
};
