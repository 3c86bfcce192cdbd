/** Tracing: what is written, what is written once, what is not written, and what is left out. */
import assert from 'node:assert/strict';
import type { TensorType } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });
const begin = () => {
  const trace = new Tracer('test');
  return { trace, x: trace.input('x', 'parameter', f32(2, 3)), y: trace.input('y', 'batch', f32(2, 3)) };
};
const written = ({ nodes }: { readonly nodes: readonly { readonly operation: string }[] }): readonly string[] =>
  nodes.map(({ operation }) => operation);

describe('Tracer', () => {
  it('writes equal operations once, whatever was written between', () => {
    const { trace, x, y } = begin();
    const first = trace.add(x, y);
    trace.mul(x, y);
    assert.equal(trace.add(x, y).id, first.id);
    assert.deepEqual(written(trace), ['add', 'mul']);
  });

  it('writes operations that differ in inputs, their order or attributes apart', () => {
    const { trace, x, y } = begin();
    trace.sub(x, y);
    trace.sub(y, x);
    trace.sum(x, [0]);
    trace.sum(x, [1]);
    trace.scalar(2);
    trace.scalar(3);
    trace.matmul(x, y, { transposeB: true });
    trace.matmul(x, y, { transposeA: true });
    trace.matmul(x, y, { transposeB: true, alpha: 0.5 });
    assert.equal(trace.nodes.length, 9);
  });

  it('reads what was repeated as it was before, where an elementwise operation repeats it as far itself', () => {
    const { trace, x } = begin();
    const row = trace.input('row', 'parameter', f32(1, 3));
    const column = trace.input('column', 'parameter', f32(2, 1));
    const inputsOf = (made: { readonly id: number }): readonly number[] | undefined =>
      trace.nodes.find(({ outputs }) => outputs.includes(made.id))?.inputs;
    const rows = trace.broadcast(row, [2, 3]);
    const columns = trace.broadcast(column, [2, 3]);
    assert.deepEqual(inputsOf(trace.add(x, rows)), [x.id, row.id]);
    assert.deepEqual(inputsOf(trace.sub(columns, rows)), [column.id, row.id]);
    // Without the repetition the result would be a row.
    assert.deepEqual(inputsOf(trace.mul(row, rows)), [row.id, rows.id]);
    assert.deepEqual(inputsOf(trace.div(rows, rows)), [row.id, rows.id]);
  });

  it('writes no multiplication by one, no reshape or broadcast to the same shape, and no sum over nothing', () => {
    const { trace, x } = begin();
    const one = trace.scalar(1);
    for (const same of [
      trace.mul(x, one),
      trace.mul(one, x),
      trace.reshape(x, [2, 3]),
      trace.broadcast(x, [2, 3]),
      trace.sum(x, []),
      trace.sumTo(x, [2, 3]),
    ])
      assert.equal(same.id, x.id);
    assert.deepEqual(written(trace), ['constant']);
  });

  it('undoes broadcasts: new leading axes and axes of size one are summed', () => {
    const { trace } = begin();
    const wide = trace.input('wide', 'batch', f32(4, 2, 3));
    assert.deepEqual(trace.sumTo(wide, [1, 3]).type.shape, [1, 3]);
    assert.deepEqual(trace.sumTo(wide, []).type.shape, []);
    assert.deepEqual(trace.sumTo(wide, [2, 1]).type.shape, [2, 1]);
    assert.deepEqual(
      trace.nodes.map(({ attributes }) => attributes),
      [{ axes: [0, 1] }, { shape: [1, 3] }, { axes: [0, 1, 2] }, { shape: [] }, { axes: [0, 2] }, { shape: [2, 1] }],
    );
  });

  it('leaves out what no output reads, and keeps every input', () => {
    const { trace, x, y } = begin();
    const used = trace.exp(x);
    trace.log(trace.mul(used, y));
    const { nodes, inputs, outputs } = trace.finish([{ name: 'result', tensor: trace.neg(used) }]);
    assert.deepEqual(written({ nodes }), ['exp', 'neg']);
    assert.deepEqual(
      inputs.map(({ name, role }) => [name, role]),
      [
        ['x', 'parameter'],
        ['y', 'batch'],
      ],
    );
    assert.deepEqual(
      outputs.map(({ name }) => name),
      ['result'],
    );
  });

  it('keeps an operation of which only the second output is read', () => {
    const { trace, x } = begin();
    const [, inverse] = trace.apply('normalize', [x], { epsilon: 1e-5 });
    assert.ok(inverse);
    assert.deepEqual(written(trace.finish([{ name: 'inverse', tensor: inverse }])), ['normalize']);
  });

  it('gives every value one writer, before its readers', () => {
    const { trace, x, y } = begin();
    const program = trace.finish([{ name: 'out', tensor: trace.sumOfSquares(trace.softmax(trace.mul(trace.add(x, y), trace.exp(x)))) }]);
    const known = new Set(program.inputs.map(({ value }) => value));
    for (const node of program.nodes) {
      for (const id of node.inputs) assert.ok(known.has(id), `${node.operation} reads ${id} too early`);
      for (const id of node.outputs) {
        assert.ok(!known.has(id), `${id} is written twice`);
        known.add(id);
      }
    }
  });

  it('throws where shapes do not fit, naming program, operation and shapes: that is a bug in a model', () => {
    const { trace, x } = begin();
    assert.throws(() => trace.matmul(x, x), /^Error: test: matmul \[2,3\] does not multiply \[2,3\] \(was f32\[2,3\],f32\[2,3\]\)$/);
    assert.throws(() => trace.tensor(99), /value 99 is not of program test/);
  });
});
