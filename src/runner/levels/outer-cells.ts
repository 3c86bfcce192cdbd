/**
 * The merge of replicas, executed on cells. Not here: the program (`src/transfer/outer.ts`), which replicas there are (`branches.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError, DeviceTensor } from '../../backend.js';
import type { OuterWork } from '../../plan/work.js';
import type { TensorsAt } from '../../transfer/layer-tensor.js';
import { hasMomentum, outerKey, outerNames, outerProgram, steppedTensors } from '../../transfer/outer.js';
import type { Cell, Cells } from './cell.js';
import type { Executables } from './executables.js';
import type { TensorStore } from './tensor-store.js';

/** What an outer step reads. */
export interface OuterOperands {
  /** With the weights with which the round began. */
  readonly start: Cells;
  /** The replicas at its end. */
  readonly ends: readonly Cells[];
  /** What the outer optimizer remembers, in cells without moments; absent before the first step. */
  readonly momentum: Cells | undefined;
}

/** What it makes: the merged weights, with moments if one network is left, and what the outer optimizer remembers. */
export interface OuterMade {
  readonly merged: Cells;
  readonly momentum: Cells | undefined;
}

/** Where its programs come from. */
interface OuterTools {
  readonly store: TensorStore;
  readonly executables: Executables;
  readonly tensorsAt: TensorsAt;
}

const cellsOf = ({ shared, cells }: Cells, of: 'layers' | 'shared'): readonly Cell[] => (of === 'shared' ? [shared] : cells);

const empty = (updates: number): Cell => ({ parameters: new Map(), moments: new Map(), updates });

const there = (cell: Cell | undefined, name: string): DeviceTensor => {
  const tensor = cell?.parameters.get(name) ?? cell?.moments.get(name);
  if (tensor === undefined) throw new Error(`no replica holds ${name}`);
  return tensor;
};

/** One cell of each kind, merged. */
interface Merged {
  readonly cell: Cell;
  readonly momentum: Cell;
}

const mergeCell = async (
  { store, executables, tensorsAt }: OuterTools,
  { of, step, at }: OuterWork,
  { start, ends, momentum }: { readonly start: Cell; readonly ends: readonly Cell[]; readonly momentum: Cell | undefined },
): Promise<E.Either<BackendError, Merged>> => {
  const tensors = steppedTensors(tensorsAt(at)[of === 'layers' ? 'layer' : 'shared'], step);
  const compiled = await executables.get(outerKey(tensors, step), () => outerProgram(tensors, step));
  if (E.isLeft(compiled)) return compiled;
  const inputs = new Map<string, DeviceTensor>();
  const zeros: DeviceTensor[] = [];
  for (const { name, shape } of tensors) {
    for (const [replica, end] of ends.entries()) inputs.set(outerNames.replica(name, replica), there(end, name));
    if (!start.parameters.has(name)) continue;
    inputs.set(outerNames.start(name), there(start, name));
    if (!hasMomentum(step.outer)) continue;
    if (momentum !== undefined) inputs.set(outerNames.momentum(name), there(momentum, name));
    else {
      const zero = await store.zeros(shape);
      if (E.isLeft(zero)) return zero;
      zeros.push(zero.right);
      inputs.set(outerNames.momentum(name), zero.right);
    }
  }
  const { program } = compiled.right;
  const run = await compiled.right.run(program.inputs.map(({ name }) => inputs.get(name) as DeviceTensor))();
  for (const zero of zeros) store.backend.release(zero);
  if (E.isLeft(run)) return run;
  const made: Merged = { cell: empty(Math.max(...ends.map(({ updates }) => updates))), momentum: empty(0) };
  const names = new Map(tensors.map(({ name }) => [outerNames.momentum(name), name]));
  for (const [index, { name }] of program.outputs.entries()) {
    const tensor = run.right[index] as DeviceTensor;
    const momentumOf = names.get(name);
    if (momentumOf !== undefined) store.put(made.momentum.parameters, momentumOf, tensor);
    else store.put(start.parameters.has(name) ? made.cell.parameters : made.cell.moments, name, tensor);
  }
  return E.right(made);
};

/** Executes the merge of a round. */
export const outerStep = async (
  tools: OuterTools,
  work: readonly OuterWork[],
  { start, ends, momentum }: OuterOperands,
): Promise<E.Either<BackendError, OuterMade>> => {
  const made: Record<'layers' | 'shared', Merged[]> = { layers: [], shared: [] };
  for (const each of work)
    for (const [index, cell] of cellsOf(start, each.of).entries()) {
      const merged = await mergeCell(tools, each, {
        start: cell,
        ends: ends.map((end) => cellsOf(end, each.of)[index] as Cell),
        momentum: momentum && cellsOf(momentum, each.of)[index],
      });
      if (E.isLeft(merged)) return merged;
      made[each.of].push(merged.right);
    }
  const [shared] = made.shared;
  if (shared === undefined) throw new Error('replicas become one with their shared layers');
  const of = (which: keyof Merged): Cells => ({ shared: shared[which], cells: made.layers.map((each) => each[which]) });
  const remembers = work.some(({ step }) => hasMomentum(step.outer));
  return E.right({ merged: of('cell'), momentum: remembers ? of('momentum') : undefined });
};
