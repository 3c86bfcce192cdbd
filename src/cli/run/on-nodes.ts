/**
 * One command on several machines: on node 0 it trains, on the others it starts ranks that follow. Not here: which node this is
 * (`../options/node-options.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { NodePlace } from '../../../backends/torch/rank-processes.js';
import type { Fault } from '../../fault.js';
import { type BackendChoice, followRanks } from '../backends/registry.js';
import { type NodeOptions, placeOf } from '../options/node-options.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { say } from '../process/print.js';

const follow = async (choice: BackendChoice, { nodes, node, address, port }: NodePlace): Promise<E.Either<Fault, ExitCode>> => {
  const ranks = choice.ranks ?? 1;
  const own = ranks === 1 ? `rank ${node}` : `ranks ${node * ranks} to ${node * ranks + ranks - 1}`;
  const followed = await followRanks(choice, () => say(`node ${node} of ${nodes}: ${own} will follow rank 0 at ${address}:${port}`))();
  if (E.isRight(followed)) say('rank 0 has ended the run');
  return E.map(() => EXIT.done)(followed);
};

/**
 * @param choice the backend, as far as options say it.
 * @param train what node 0 does, or the only machine.
 */
export const onNodes =
  <Options extends NodeOptions>(
    options: Options,
    choice: BackendChoice,
    train: (place: Pick<BackendChoice, 'place'>) => TE.TaskEither<Fault, ExitCode>,
  ): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const place = placeOf(options);
    if (E.isLeft(place)) return place;
    if (place.right === undefined) return train({})();
    return place.right.node > 0 ? follow({ ...choice, place: place.right }, place.right) : train({ place: place.right })();
  };
