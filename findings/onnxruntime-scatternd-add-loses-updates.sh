#!/usr/bin/env bash
# onnxruntime-node 1.30.0, CPU provider: ScatterND with reduction "add" loses updates when indices repeat and two threads share the work.
#
# Guessed: many updates of one row are all added, in some order, so that sums of small integers are exact.
# Seen:    with intraOpNumThreads: 2, some runs of the same session on the same input give cells that are too small (up to 28 of 32 short,
#          in about one run of forty at 2048 updates of 256 values); with one thread none does, and neither does ScatterElements with two.
# ONNX says of ScatterND that with a reduction "indices may have duplicates": every update must count. It is the shape of an embedding's
# gradient, where tokens repeat. vcycle adds rows up by ScatterElements instead, whose threads divide what is not the scattered axis.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnx-proto@8.0.1
cat >run.cjs <<'JS'
const { onnx } = require('onnx-proto');
const { InferenceSession, Tensor } = require('onnxruntime-node');

const [ROWS, WIDTH, UPDATES] = [65, 256, 2048];
const FLOAT = onnx.TensorProto.DataType.FLOAT;
const INT64 = onnx.TensorProto.DataType.INT64;
const value = (name, elemType, dims) => ({
  name,
  type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});

const modelOf = (opType, attributes, indices) =>
  onnx.ModelProto.encode(
    onnx.ModelProto.create({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 18 }],
      graph: {
        name: 'add',
        node: [{ opType, input: ['data', 'indices', 'updates'], output: ['sums'], attribute: attributes }],
        input: [value('data', FLOAT, [ROWS, WIDTH]), value('indices', INT64, indices), value('updates', FLOAT, [UPDATES, WIDTH])],
        output: [value('sums', FLOAT, [ROWS, WIDTH])],
      },
    }),
  ).finish();

const STRING = onnx.AttributeProto.AttributeType.STRING;
const INT = onnx.AttributeProto.AttributeType.INT;
const add = { name: 'reduction', type: STRING, s: Buffer.from('add') };
const axis = { name: 'axis', type: INT, i: 0 };

const rowOf = (update) => (7 * update) % ROWS;
const expected = new Float32Array(ROWS * WIDTH);
for (let update = 0; update < UPDATES; update++)
  for (let column = 0; column < WIDTH; column++) expected[rowOf(update) * WIDTH + column] += 1;

const kinds = {
  ScatterND: {
    model: modelOf('ScatterND', [add], [UPDATES, 1]),
    indices: new Tensor('int64', BigInt64Array.from({ length: UPDATES }, (_, update) => BigInt(rowOf(update))), [UPDATES, 1]),
  },
  ScatterElements: {
    model: modelOf('ScatterElements', [axis, add], [UPDATES, WIDTH]),
    indices: new Tensor(
      'int64',
      BigInt64Array.from({ length: UPDATES * WIDTH }, (_, place) => BigInt(rowOf(Math.floor(place / WIDTH)))),
      [UPDATES, WIDTH],
    ),
  },
};

/** Runs until a sum is wrong, at most `most` times. */
const tried = async (kind, threads, most) => {
  const { model, indices } = kinds[kind];
  const session = await InferenceSession.create(Buffer.from(model), { executionProviders: ['cpu'], intraOpNumThreads: threads });
  const feeds = {
    data: new Tensor('float32', new Float32Array(ROWS * WIDTH), [ROWS, WIDTH]),
    indices,
    updates: new Tensor('float32', new Float32Array(UPDATES * WIDTH).fill(1), [UPDATES, WIDTH]),
  };
  for (let run = 1; run <= most; run++) {
    const { sums } = await session.run(feeds);
    const at = sums.data.findIndex((sum, place) => sum !== expected[place]);
    if (at >= 0) return { kind, threads, wrongInRun: run, is: sums.data[at], shouldBe: expected[at] };
  }
  return { kind, threads, wrongInRun: null, runs: most };
};

(async () => {
  const results = [await tried('ScatterND', 1, 400), await tried('ScatterElements', 2, 400), await tried('ScatterND', 2, 20000)];
  for (const result of results) console.log(JSON.stringify(result));
  const [oneThread, elements, twoThreads] = results;
  if (oneThread.wrongInRun !== null || elements.wrongInRun !== null || twoThreads.wrongInRun === null) {
    console.log('CHANGED: this is not what was seen with onnxruntime-node 1.30.0');
    process.exit(1);
  }
  console.log('as seen: two threads lose updates in ScatterND, and in nothing else here');
})();
JS
node run.cjs
