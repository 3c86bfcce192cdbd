/**
 * The package `vcycle/laws`: laws that hold for every transfer, cycle and policy, as fast-check properties that can be checked for your
 * own, in any test runner. fast-check is a peer dependency. What each law means, and what a counterexample shows: docs/laws.md.
 *
 * @example
 * import fc from 'fast-check'
 * import { laws } from 'vcycle/laws'
 * it('R P = I', () => fc.assert(laws.roundTrip(myTransfer)))
 * it('comes back', () => fc.assert(laws.returns('myGroup >> of >> stages', { layers: [12] })))
 */
import { pipelineLaws } from './pipeline-laws.js';
import { transferLaws } from './transfer-laws.js';
import { updateLaws } from './update-laws.js';

export type { Case, Law, Pipelines, Where } from './case.js';
export type { OperatorCase, Operators, Return } from './transfer-laws.js';

export const laws = { ...transferLaws, ...pipelineLaws, ...updateLaws } as const;
