/**
 * What the kit follows on numbers is what a run does to tensors: the stack of levels of the runner, on the float64 reference, beside the network
 * of numbers, over random pipelines. A bias that the hidden units write stands for a layer, a row of the position embedding for the shared ones.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createReference } from '../../backends/reference/index.js';
import type { Backend } from '../../src/backend.js';
import { begun, follow, learning, type Network } from '../../src/laws/follow.js';
import type { NumberCell } from '../../src/laws/number-network.js';
import type { Cell, Level } from '../../src/runner/levels/cell.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { gridOf } from '../../src/schedule/grid.js';
import type { Stage } from '../../src/schedule/schedule.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { resolveVisits } from '../../src/transfer/resolve.js';
import { adamw } from '../model/tiny.js';
import { right } from '../runner/harness.js';
import { type Sensible, sensible } from '../schedule/sensible.js';
import { scheduleOf } from '../schedule/setups.js';

const HEADS = 4;
const LAYER = 'mlp.contract.bias';
const SHARED = 'embedding.position.weight';
const MOMENTS = ['first-moment', 'second-moment'] as const;

/** New layers with initial values are drawn; the identity's are zeros, as the numbers' are. So are random parts of a wider network, but no copies. */
const withoutDraws = (stages: readonly Stage[]): readonly Stage[] =>
  stages.map((stage): Stage => {
    if (stage.kind !== 'grow') return stage;
    if (stage.way === 'random') return { ...stage, way: 'copy' };
    return stage.growth.kind === 'fresh' ? { ...stage, growth: { ...stage.growth, kind: 'identity' } } : stage;
  });

/** Few enough layers and visits for a test of seconds; a line search and a fit ask for losses, which numbers have not. */
const small: fc.Arbitrary<Sensible> = sensible.filter(({ layers, stages }) => {
  const visits = walk(scheduleOf(layers, stages));
  return (
    visits.length <= 40 &&
    visits.every(
      ({ stage, layers }) =>
        layers <= 12 && !(stage.kind === 'prolongate' && stage.lineSearch) && !('fit' in stage && stage.fit && stage.fit.steps > 0),
    )
  );
});

describe('the network of numbers', function () {
  this.timeout(120_000);
  let backend: Backend;
  before(() => {
    backend = createReference();
  });

  /** A cell's tensor that stands for it, one row of it if there are more, and its moments. */
  const put = async (stack: LevelStack, cell: Cell, name: string, { values, updates }: NumberCell): Promise<void> => {
    for (const [degree, units] of values.entries()) {
      const [map, key] = degree === 0 ? [cell.parameters, name] : [cell.moments, `${name}/${MOMENTS[degree - 1]}`];
      const { type } = right(await backend.download(map.get(key) ?? assert.fail(`${key} is not there`))());
      const data = Float32Array.from(
        { length: type.shape.reduce((size, each) => size * each, 1) },
        (_, index) => units[index % units.length] ?? 0,
      );
      stack.store.put(map, key, right(await stack.store.upload(type.shape, data)));
    }
    cell.updates = updates;
  };
  const putAll = async (stack: LevelStack, level: Level, { shared, layers }: Network): Promise<void> => {
    await put(stack, level.shared, SHARED, shared);
    for (const [index, cell] of level.cells.entries()) await put(stack, cell, LAYER, layers[index] ?? assert.fail('as many layers'));
  };

  const compare = async (cell: Cell, name: string, { values, updates }: NumberCell, context: string): Promise<void> => {
    assert.equal(cell.updates, updates, `${context}: updates`);
    for (const [degree, units] of values.entries()) {
      const tensor = degree === 0 ? cell.parameters.get(name) : cell.moments.get(`${name}/${MOMENTS[degree - 1]}`);
      const { data } = right(await backend.download(tensor ?? assert.fail(`${name} is not there`))());
      for (const [unit, value] of units.entries())
        assert.ok(
          Math.abs((data[unit] ?? Number.NaN) - value) < 1e-5 * Math.max(1, Math.abs(value)),
          `${context}, degree ${degree}: ${data[unit]} is not ${value}`,
        );
    }
  };

  it('goes with the runner’s levels through every transfer', async () => {
    await fc.assert(
      fc.asyncProperty(small, async ({ layers, stages }) => {
        const schedule = scheduleOf(layers, withoutDraws(stages));
        const model = { ...schedule.setup.model, heads: HEADS, width: HEADS, context: 2, vocabulary: 2 };
        const visits = walk({ ...schedule, setup: { ...schedule.setup, model } });
        const start = begun(layers, HEADS);
        const networks = follow(visits, start, learning);
        const resolved = resolveVisits(visits);
        const stack = right(await LevelStack.create(backend, model, adamw, 1));
        await putAll(stack, stack.current, start);
        for (const [index, visit] of visits.entries()) {
          const { stage } = visit;
          const network = networks[index] ?? assert.fail('a network for each visit');
          if (stage.kind === 'train') await putAll(stack, stack.current, network);
          if (stage.kind === 'arm') stack.arm(stage);
          const { transfer } = resolved[index] ?? assert.fail('each visit is resolved');
          if (transfer !== undefined) right(await stack.transfer(transfer, gridOf(visit)));
          const context = `stage ${index + 1}, ${visit.op}`;
          await compare(stack.current.shared, SHARED, network.shared, `${context}, shared layers`);
          for (const [layer, cell] of stack.current.cells.entries())
            await compare(cell, LAYER, network.layers[layer] ?? assert.fail('as many layers'), `${context}, layer ${layer}`);
        }
        stack.release();
      }),
      { numRuns: 300 },
    );
  });
});
