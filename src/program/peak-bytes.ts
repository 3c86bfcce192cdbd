/**
 * The peak memory of a program in bytes, by its own liveness: inputs stay, a result stays until it is read for the last time, and outputs are new.
 * Not here: the additional memory of a runtime, and what else a run holds.
 */
import { deathsOf } from './liveness.js';
import { bytesOf, type Program, type ProgramInput, typeIn, type ValueId } from './program.js';

/**
 * @example For `%1 = exp(%0); %2 = neg(%1); return %2` on one f32 it is 12: all three values are alive while `neg` runs.
 */
export const peakBytes = (program: Program): number => {
  const { inputs, nodes } = program;
  const deaths = deathsOf(program);
  const together = (values: readonly ValueId[]): number => values.reduce((sum, value) => sum + bytesOf(typeIn(program, value)), 0);
  let held = together(inputs.map(({ value }) => value));
  let peak = held;
  for (const [index, node] of nodes.entries()) {
    held += together(node.outputs);
    peak = Math.max(peak, held);
    held -= together(deaths[index] ?? []);
  }
  return peak;
};

const isKept = ({ role }: ProgramInput): boolean => role !== 'batch' && role !== 'scalar';
const keyOf = ({ role, name }: ProgramInput): string => `${role} ${name}`;

/**
 * The same for programs that alternate, such as those of a training step in several microbatches: while one runs, the state that another reads stays.
 *
 * @example For `%1 = exp(parameter a)` and `%1 = neg(parameter b)` on one f32 it is 12: a, b and a result.
 */
export const peakBytesInTurn = (programs: readonly Program[]): number => {
  const all = new Map(
    programs.flatMap((program) =>
      program.inputs.filter(isKept).map((input): [string, number] => [keyOf(input), bytesOf(typeIn(program, input.value))]),
    ),
  );
  const besides = ({ inputs }: Program): number => {
    const own = new Set(inputs.map(keyOf));
    return [...all].reduce((sum, [key, bytes]) => (own.has(key) ? sum : sum + bytes), 0);
  };
  return Math.max(0, ...programs.map((program) => peakBytes(program) + besides(program)));
};
