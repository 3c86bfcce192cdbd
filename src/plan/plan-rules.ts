/** What `planSchedule` must be given, for programs that nothing type-checks. Not here: the plan. */
import { integerFrom, type Rules, rulesFault } from '../option-rules.js';
import type { PlanOptions } from './plan-schedule.js';

const planRules: Rules<PlanOptions> = {
  vocabulary: integerFrom(1),
  capabilities: {
    must: "a backend's capabilities",
    holds: (value) => typeof value === 'object' && value !== null && 'operations' in value && value.operations instanceof Set,
  },
};

export const planFaultOf = (options: unknown): string | undefined => rulesFault('planSchedule', planRules, options);
