/**
 * The law on updates after a transfer: the next two updates of AdamW, whatever the gradients. Not here: why it holds
 * (`src/optimizer/moment-ratio.ts`), laws on the networks that transfers produce (`pipeline-laws.ts`).
 */
import { match } from 'ts-pattern';
import { adamw } from '../../dsl/optimizers.js';
import { largestRatio, largestUpdate, MOST_RATES, ratioAfter } from '../optimizer/moment-ratio.js';
import { adamwOfRest } from '../optimizer/muon.js';
import type { AdamW, Optimizer } from '../schedule/schedule.js';
import { broken, type Case, type Law, law, type Pipelines, visitsOf, type Where } from './case.js';
import { begun, follow, forgetting } from './follow.js';
import type { NumberCell } from './number-network.js';

/** The AdamW of a setup, which Muon has beside it, or the default one. Muon's own updates are near orthogonal whatever its momentum is. */
const adamwOf = (optimizer: Optimizer): AdamW =>
  match(optimizer)
    .with({ kind: 'adamw' }, (own) => own)
    .with({ kind: 'muon' }, adamwOfRest)
    .with({ kind: 'sgd' }, () => adamw())
    .exhaustive();

/** Which updates after a transfer are checked. */
const NEXT = [1, 2];

/**
 * The largest of the next updates of any unit, over all gradients, in units of the learning rate. Epsilon, which keeps rounding errors from
 * becoming updates, has at least the effect of adding ε²·(1 − β₂) to v.
 */
const largestNext = (settings: AdamW, { values: [, first, second], updates }: NumberCell): number =>
  Math.max(
    ...first.map((m, unit) => {
      let ratio = m ** 2 / ((second[unit] ?? Number.NaN) + settings.epsilon ** 2 * (1 - settings.beta2));
      return Math.max(
        ...NEXT.map((next) => {
          ratio = ratioAfter(settings, ratio);
          return largestUpdate(settings, ratio, updates + next);
        }),
      );
    }),
  );

/** After any transfer, neither of the next two updates exceeds this many learning rates (10 by default), whatever the gradients. */
const boundedUpdates = (stages: Pipelines, { rates = MOST_RATES, ...where }: Where & { readonly rates?: number } = {}): Law<Case> =>
  law(stages, where, ({ found, heads, schedule }) => {
    const of = schedule(found);
    const settings = adamwOf(of.setup.optimizer);
    const visits = visitsOf(of);
    const networks = follow(visits, begun(found.layers, heads), forgetting, largestRatio(settings));
    for (const [index, { shared, layers }] of networks.entries()) {
      const { at, op, stage } = visits[index] ?? broken('there are as many networks as stages');
      if (stage.kind === 'train') continue;
      for (const [place, cell] of [shared, ...layers].entries()) {
        const size = largestNext(settings, cell);
        const name = place === 0 ? 'the shared layers' : `layer ${place - 1}`;
        if (!(size <= rates))
          broken(
            `after stage ${at}, ${op}, one of the next two updates of ${name} may be ${size.toPrecision(3)} learning rates, more than ${rates}`,
          );
      }
    }
  });

export const updateLaws = { boundedUpdates };
