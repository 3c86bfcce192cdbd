/**
 * What a transfer costs on one backend: restrict(even) and prolongate, there and back, with moments carried and with moments reset.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { even, prolongate, restrict } from '../../dsl/index.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { firstGrid } from '../../src/schedule/grid.js';
import type { MomentsPolicy } from '../../src/schedule/schedule.js';
import { resolveProlongation, resolveRestriction } from '../../src/transfer/resolve.js';
import { median } from '../median.js';
import { modelOf, onBackend, optimizer, print, sizeNames, wholeNumbers } from './script.js';

const { times, ...sizes } = wholeNumbers([...sizeNames, 'times']);
const model = modelOf(sizes);

/** The slower of the two directions: its median. */
const slower = async (stack: LevelStack, moments: MomentsPolicy): Promise<E.Either<BackendError, number>> => {
  const fine = firstGrid(model);
  const coarse = { ...fine, level: 1, layers: model.layers / 2, h: 2 };
  const resolved = resolveRestriction(restrict(even, { moments }), fine, coarse);
  const resolvedBack = resolveProlongation(prolongate({ moments }), coarse, fine, resolved.transfer);
  const there: number[] = [];
  const back: number[] = [];
  for (let done = 0; done < times; done++) {
    const began = performance.now();
    const down = await stack.restrict(resolved, coarse);
    if (E.isLeft(down)) return down;
    const turned = performance.now();
    const up = await stack.prolongate(resolvedBack);
    if (E.isLeft(up)) return up;
    there.push(turned - began);
    back.push(performance.now() - turned);
  }
  return E.right(Math.max(median(there), median(back)));
};

const measured = (backend: Backend): TE.TaskEither<BackendError, object> =>
  pipe(
    TE.Do,
    TE.bind('stack', () => () => LevelStack.create(backend, model, optimizer, 1)),
    TE.bind(
      'carryMs',
      ({ stack }) =>
        () =>
          slower(stack, 'carry'),
    ),
    TE.bind(
      'resetMs',
      ({ stack }) =>
        () =>
          slower(stack, 'reset'),
    ),
    TE.map(({ carryMs, resetMs }) => ({ carryMs, resetMs })),
  );

await print(onBackend(measured));
