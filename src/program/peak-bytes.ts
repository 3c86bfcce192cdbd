/**
 * The peak memory of a program in bytes, by its own liveness: inputs stay, a result stays until it is read for the last time, and outputs are new, but
 * for those that the backend computes in place. Not here: the additional memory of a runtime, and what else a run holds.
 */
import { isInMemoryOfOperand } from './in-its-memory.js';
import { deathsOf } from './liveness.js';
import { bytesOf, type Program, type ProgramInput, typeIn, type ValueId } from './program.js';

/** Values of a program that a backend computes in memory that is there anyway, so that they need none of their own. */
export type InPlace = (program: Program) => ReadonlySet<ValueId>;

const nothing: InPlace = () => new Set();

/** A value stays as long as what is in its memory: for each value the one whose memory it is in, or itself. */
const ownersOf = ({ nodes }: Program): ((id: ValueId) => ValueId) => {
  const owners = new Map<ValueId, ValueId>();
  const ownerOf = (id: ValueId): ValueId => owners.get(id) ?? id;
  for (const node of nodes)
    if (isInMemoryOfOperand(node.operation)) owners.set(node.outputs[0] as ValueId, ownerOf(node.inputs[0] as ValueId));
  return ownerOf;
};

/**
 * @example For `%1 = exp(%0); %2 = neg(%1); return %2` on one f32 it is 12: all three values are alive while `neg` runs.
 */
export const peakBytes = (program: Program, inPlace: InPlace = nothing): number => {
  const { inputs, nodes } = program;
  const deaths = deathsOf(program);
  const [ownerOf, free] = [ownersOf(program), inPlace(program)];
  /** The number of living values in the memory of each. */
  const sharing = new Map<ValueId, number>();
  let held = 0;
  const changed = (id: ValueId, by: 1 | -1): void => {
    const owner = ownerOf(id);
    if (free.has(owner)) return;
    const before = sharing.get(owner) ?? 0;
    sharing.set(owner, before + by);
    if (before + by === 0) held -= bytesOf(typeIn(program, owner));
    if (before === 0) held += bytesOf(typeIn(program, owner));
  };
  for (const { value } of inputs) changed(value, 1);
  let peak = held;
  for (const [index, node] of nodes.entries()) {
    for (const id of node.outputs) changed(id, 1);
    peak = Math.max(peak, held);
    for (const id of deaths[index] ?? []) changed(id, -1);
  }
  return peak;
};

const isKept = ({ role }: ProgramInput): boolean => role !== 'batch' && role !== 'scalar';
const keyOf = ({ role, name }: ProgramInput): string => `${role} ${name}`;

/** The kept inputs of all programs, by role and name, with their bytes. */
const keptInputs = (programs: readonly Program[]): ReadonlyMap<string, number> =>
  new Map(
    programs.flatMap((program) =>
      program.inputs.filter(isKept).map((input): [string, number] => [keyOf(input), bytesOf(typeIn(program, input.value))]),
    ),
  );

/** Bytes of the state that programs read, whichever of them runs. */
export const stateBytesInTurn = (programs: readonly Program[]): number =>
  [...keptInputs(programs).values()].reduce((sum, bytes) => sum + bytes, 0);

/**
 * The same for programs that alternate, such as those of a training step in several microbatches: while one runs, the state that another reads stays.
 *
 * @example For `%1 = exp(parameter a)` and `%1 = neg(parameter b)` on one f32 it is 12: a, b and a result.
 */
export const peakBytesInTurn = (programs: readonly Program[], inPlace: InPlace = nothing): number => {
  const all = keptInputs(programs);
  const besides = ({ inputs }: Program): number => {
    const own = new Set(inputs.map(keyOf));
    return [...all].reduce((sum, [key, bytes]) => (own.has(key) ? sum : sum + bytes), 0);
  };
  return Math.max(0, ...programs.map((program) => peakBytes(program, inPlace) + besides(program)));
};
