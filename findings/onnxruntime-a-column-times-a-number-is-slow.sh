#!/usr/bin/env bash
# onnxruntime-node 1.30.0, CPU provider: an elementwise operation on a column, [n, 1], and a number, [], takes some 17
# times as long as on a row, [n]; with the number as [1, 1] it takes as long as on a row.
#
# Guessed: the shape does not matter. The memory is the same, and a number is a number with as many axes of 1 as one
#          likes: the runtime finds that one operand has one element, and runs one loop of vectors.
# Seen:    Mul, Add, Sub and Div of 2^20 numbers on one thread: 0.4 ms on [n], and 6.6 to 7.2 on [n, 1] with a second
#          operand [] or [1]. Axes are compared from the last one on, and the first of them decides the loop: where
#          it is 1 on one side and missing on the other, spans have one element, and each is a call. An axis that both
#          have as 1 is skipped: with [1, 1] the column takes 0.4 ms again. So does [n / 4, 4].
# Scores of a regression, values of a critic, statistics of rows with their axis kept are such columns, and exporters
# write constants without axes. A constant with as many axes as the operand mends it; a graph is otherwise as valid.
# The limits below are 4 and 2 times, since times vary.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnx-proto@8.0.1
cat >run.cjs <<'JS'
const { onnx } = require('onnx-proto');
const { InferenceSession, Tensor } = require('onnxruntime-node');

const N = 2 ** 20;
const RUNS = 30;
const { FLOAT } = onnx.TensorProto.DataType;
const value = (name, dims) => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});
const modelOf = (opType, values, number) => {
  const graph = {
    name: 'elementwise',
    node: [{ opType, input: ['values', 'number'], output: ['y'] }],
    input: [value('values', values), value('number', number)],
    output: [value('y', values)],
  };
  const model = onnx.ModelProto.create({ irVersion: 8, opsetImport: [{ domain: '', version: 17 }], graph });
  return Buffer.from(onnx.ModelProto.encode(model).finish());
};

/** Of the shortest run, in milliseconds. */
const timeOf = async (opType, values, number) => {
  const session = await InferenceSession.create(modelOf(opType, values, number), { intraOpNumThreads: 1 });
  const feeds = {
    values: new Tensor('float32', new Float32Array(N).fill(2), values),
    number: new Tensor('float32', new Float32Array([3]), number),
  };
  let shortest = Infinity;
  for (let run = 0; run < RUNS; run += 1) {
    const began = performance.now();
    await session.run(feeds);
    shortest = Math.min(shortest, performance.now() - began);
  }
  return shortest;
};

const SHAPES = [
  [[N, 1], []],
  [[N, 1], [1]],
  [[N, 1], [1, 1]],
  [[N / 4, 4], []],
];
const NAMES = new Map([[N, 'n'], [N / 4, 'n/4']]);
const written = (shape) => `[${shape.map((axis) => NAMES.get(axis) ?? axis).join(', ')}]`;

(async () => {
  // The first runs of a process take longer, whatever their shapes.
  await timeOf('Mul', [N], []);
  for (const opType of ['Mul', 'Add', 'Sub', 'Div']) {
    const row = await timeOf(opType, [N], []);
    for (const [values, number] of SHAPES) {
      const ratio = (await timeOf(opType, values, number)) / row;
      const shapes = `${opType} ${written(values)} ${written(number)}`;
      console.error(`${shapes}: ${ratio.toFixed(1)} times [n] []`);
      console.log(`${shapes}: ${ratio > 4 ? 'slow' : ratio < 2 ? 'as a row' : 'between'}`);
    }
  }
})();
JS
node run.cjs | tee said
for operation in Mul Add Sub Div; do
  printf '%s\n' "$operation [n, 1] []: slow" "$operation [n, 1] [1]: slow" "$operation [n, 1] [1, 1]: as a row" \
    "$operation [n/4, 4] []: as a row"
done | diff said - || { echo 'changed: which shapes are slow'; exit 1; }
