/** Inputs for a level's program that are of the size of a trained model's, so that every part of the gradient counts. */
import { stream } from '../../src/data/random.js';
import { type Program, type ProgramInput, sizeOf } from '../../src/program/program.js';

export interface RandomState {
  /** In the order of the program's inputs; exact in f32. */
  readonly inputs: readonly Float64Array[];
}

/** Scalars that an update rule gets: any will do, so long as they are none of 0 and 1. */
const scalarOf = (name: string): number => (name.endsWith('epsilon') ? 1e-3 : name.endsWith('decay') ? 0.97 : 0.05);

const drawn = ({ name, role }: ProgramInput, vocabulary: number, draws: ReturnType<typeof stream>): number => {
  if (name === 'documents' || name === 'positions') return draws.integer(2);
  if (role === 'batch') return draws.integer(vocabulary);
  if (role === 'scalar') return scalarOf(name);
  // A second moment is a mean of squares. Away from zero, so that no update is a quotient of rounding errors.
  if (name.endsWith('/second-moment')) return 1e-4 + 1e-3 * draws.uniform();
  if (role === 'moment') return draws.normal(0, 0.01);
  return /norm\.weight$/i.test(name) ? draws.normal(1, 0.2) : draws.normal(0, 0.3);
};

export const randomState = (program: Program, vocabulary: number, seed: number): RandomState => ({
  inputs: program.inputs.map((input) => {
    const draws = stream(seed, input.name);
    const size = sizeOf(program.types[input.value]?.shape ?? []);
    return Float64Array.from({ length: size }, () => Math.fround(drawn(input, vocabulary, draws)));
  }),
});
