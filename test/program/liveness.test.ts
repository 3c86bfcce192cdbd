/** When values die: against the definition, on random programs. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deathsOf } from '../../src/program/liveness.js';
import { peakBytes } from '../../src/program/peak-bytes.js';
import type { Node, Program, ValueId } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';

const type = { dtype: 'f32', shape: [] } as const;

/** Two inputs; each node adds two values that were there before; some values are returned. */
const programs: fc.Arbitrary<Program> = fc
  .record({
    reads: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 30 }),
    returns: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
  })
  .map(({ reads, returns }) => {
    const nodes = reads.map(
      ([a, b], index): Node => ({ operation: 'add', attributes: {}, inputs: [a % (index + 2), b % (index + 2)], outputs: [index + 2] }),
    );
    const count = nodes.length + 2;
    return {
      name: 'random',
      types: Array.from({ length: count }, () => type),
      inputs: [0, 1].map((value) => ({ name: `x${value}`, role: 'batch' as const, value })),
      nodes,
      outputs: returns.map((value, index) => ({ name: `y${index}`, role: 'tensor' as const, value: value % count })),
    };
  });

/** The last node that reads the value, or else the one that makes it. */
const lastPlace = ({ nodes }: Program, value: ValueId): number => {
  const reading = nodes.findLastIndex(({ inputs }) => inputs.includes(value));
  return reading === -1 ? nodes.findIndex(({ outputs }) => outputs.includes(value)) : reading;
};

describe('liveness', () => {
  it('lets each value that the program makes and does not return die once, where nothing reads it any more', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const returned = new Set(program.outputs.map(({ value }) => value));
        const deaths = deathsOf(program);
        assert.equal(deaths.length, program.nodes.length);
        const expected = program.nodes
          .flatMap(({ outputs }) => outputs)
          .filter((value) => !returned.has(value))
          .map((value) => [value, lastPlace(program, value)] as const);
        const found = deaths.flatMap((values, index) => values.map((value) => [value, index] as const));
        assert.deepEqual(
          found.toSorted(([a], [b]) => a - b),
          expected.toSorted(([a], [b]) => a - b),
        );
      }),
    );
  });

  it('gives the bytes of the moment at which most is alive: what was given, and all that is still read or returned', () => {
    fc.assert(
      fc.property(programs, fc.array(fc.nat({ max: 5 }), { minLength: 32, maxLength: 32 }), (program, sizes) => {
        const sized: Program = { ...program, types: program.types.map((_, value) => ({ dtype: 'f32', shape: [sizes[value] ?? 1] })) };
        const bytes = (value: ValueId): number => 4 * (sizes[value] ?? 1);
        const outlives = new Set([...program.inputs, ...program.outputs].map(({ value }) => value));
        const made = (value: ValueId): number => program.nodes.findIndex(({ outputs }) => outputs.includes(value));
        const isAlive = (value: ValueId, place: number): boolean =>
          made(value) <= place && (outlives.has(value) || lastPlace(program, value) >= place);
        const at = (place: number): number =>
          [...program.types.keys()].filter((value) => isAlive(value, place)).reduce((sum, value) => sum + bytes(value), 0);
        const places = [-1, ...program.nodes.keys()];
        assert.equal(peakBytes(sized), Math.max(...places.map(at)));
      }),
    );
  });

  it('frees at once an output that nothing reads', () => {
    const trace = new Tracer('two outputs, one used');
    const x = trace.input('x', 'batch', { dtype: 'f32', shape: [2, 3] });
    const [normal, inverse] = trace.apply('normalize', [x], { epsilon: 1e-5 });
    assert.ok(normal && inverse);
    const program = trace.finish([{ name: 'y', tensor: trace.exp(normal) }]);
    assert.deepEqual(deathsOf(program), [[inverse.id], [normal.id]]);
  });
});
