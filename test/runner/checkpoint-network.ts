/** The network that a checkpoint holds: restored and closed on a backend, and read from there. Nothing of it stays held. */
import type { Checkpoint } from '../../src/runner/checkpoints/saved-state.js';
import type { SavedNetwork } from '../../src/runner/events/events.js';
import { parametersOf } from '../../src/runner/levels/cell.js';
import { closedCheckpoint, type RunContext } from '../../src/runner/state/snapshot.js';
import { right } from './harness.js';

export interface Network {
  readonly network: SavedNetwork;
  readonly parameters: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

export const networkOfCheckpoint = async (saved: Checkpoint, ground: RunContext): Promise<Network> => {
  const { stack, network } = right(await closedCheckpoint(saved, ground));
  const parameters = new Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>();
  for (const [name, tensor] of parametersOf(stack.current)) {
    const { data } = right(await ground.backend.download(tensor)());
    parameters.set(name, { shape: tensor.type.shape, data: Float32Array.from(data) });
  }
  stack.release();
  return { network, parameters };
};
