/**
 * The cost of a transfer on one backend: restrict(even) and prolongate, with moments carried and with moments reset.
 */
import { even, prolongate, restrict } from '../../dsl/index.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { firstGrid } from '../../src/schedule/grid.js';
import type { MomentsPolicy } from '../../src/schedule/schedule.js';
import { resolveProlongation, resolveRestriction } from '../../src/transfer/resolve.js';
import { median } from '../median.js';
import { orUnmeasured } from '../unmeasured.js';
import { modelOf, onBackend, optimizer, print, sizeNames, wholeNumbers } from './script.js';

const { times, ...sizes } = wholeNumbers([...sizeNames, 'times']);
const model = modelOf(sizes);

/** The median of the slower direction. */
const slower = async (stack: LevelStack, moments: MomentsPolicy): Promise<number> => {
  const fine = firstGrid(model);
  const coarse = { ...fine, level: 1, layers: model.layers / 2, h: 2 };
  const resolved = resolveRestriction(restrict(even, { moments }), fine, coarse);
  const resolvedBack = resolveProlongation(prolongate({ moments }), coarse, fine, resolved.transfer);
  const there: number[] = [];
  const back: number[] = [];
  for (let done = 0; done < times; done++) {
    const began = performance.now();
    await orUnmeasured(() => stack.transfer(resolved, coarse));
    const turned = performance.now();
    await orUnmeasured(() => stack.transfer(resolvedBack, fine));
    there.push(turned - began);
    back.push(performance.now() - turned);
  }
  return Math.max(median(there), median(back));
};

await print(() =>
  onBackend(async (backend) => {
    const stack = await orUnmeasured(() => LevelStack.create(backend, model, optimizer, 1));
    return { carryMs: await slower(stack, 'carry'), resetMs: await slower(stack, 'reset') };
  }),
);
