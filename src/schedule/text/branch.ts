/**
 * Branches in the text form: what follows the last arm. Not here: how arms are distinguished (`parse.ts`), what may follow `shared:`
 * (`shared-policy.ts`).
 */

import { defaults } from '../defaults.js';
import type { OpenBranch, OpenStages } from '../open-stages.js';
import { closing } from './numbers.js';
import type { Given } from './option-tables.js';
import { moreOptions } from './options.js';
import { inOrder, map, type Parser } from './parser.js';

export const branchOf = (arms: readonly OpenStages[], { shared }: Given): OpenBranch => ({
  kind: 'branch',
  arms,
  shared: shared ?? defaults.branch.shared,
});

/** `, shared: POLICY )`: arms with an option are a branch, even a single one. */
export const branchOptions = (arms: readonly OpenStages[]): Parser<OpenStages> =>
  map(inOrder(moreOptions('branch', {}), closing), ([given]) => [branchOf(arms, given)]);
