#!/usr/bin/env bash
# onnxruntime-node 1.30.0, CPU provider: Gemm, whose third input is there to be added to, does not add in place; a
# convolution, FusedConv, does.
#
# Guessed: Gemm is BLAS's alpha·A·B + beta·C, which overwrites C: where nothing else reads C, a sum of products takes
#          one buffer. A Conv and an Add take one more, for the product; and to write a product of matrices as a
#          convolution of one pixel is of no use.
# Seen:    a sum of four products, 36 MiB: Gemm takes 72 MiB. MatMul and Add, as they are written, and Conv and Add
#          take 180, since all products come first; optimized, MatMul and Add take what Gemm takes. FusedConv of the
#          domain com.microsoft, with a kernel of 1 x 1 and the sum so far as its fourth input, takes 36. The results
#          are equal, bit for bit.
# The kernel of FusedConv is registered as one that may write over that input (microsoft/onnxruntime#26422). Whoever
# accumulates products (a gradient in chunks, the terms of a low rank, parts of the inner dimension) pays for a second
# matrix of the result's size otherwise. vcycle adds up the gradient of its head, [768, 50,257], by FusedConv.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnx-proto@8.0.1
cat >run.cjs <<'JS'
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { onnx } = require('onnx-proto');
const { InferenceSession, Tensor } = require('onnxruntime-node');

// More than 32 MiB: glibc maps a block of this size by itself, and gives it back as soon as it is freed.
const [ROWS, COLUMNS] = [9 * 1024, 1024];
const MIB = (4 * ROWS * COLUMNS) / 2 ** 20;
const TERMS = 4;
const DEPTH = 16;
const { FLOAT } = onnx.TensorProto.DataType;
const { INT } = onnx.AttributeProto.AttributeType;
const value = (name, dims) => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});

/** The factors of a product, [ROWS, DEPTH] and [DEPTH, COLUMNS], as a form wants them. */
const asMatrices = { left: [ROWS, DEPTH], right: [DEPTH, COLUMNS] };
const asConvolution = { left: [ROWS, DEPTH, 1, 1], right: [1, DEPTH, COLUMNS, 1] };
const product = (index, opType) =>
  opType === 'Conv' ? [`right ${index}`, `left ${index}`] : [`left ${index}`, `right ${index}`];
const added = (opType) => (sum, index) => [
  { opType, input: product(index, opType), output: [`product ${index}`] },
  { opType: 'Add', input: [sum, `product ${index}`], output: [`sum ${index}`] },
];
const ofGemm = (sum, index) => [{ opType: 'Gemm', input: [...product(index, 'Gemm'), sum], output: [`sum ${index}`] }];
const fused = { opType: 'FusedConv', domain: 'com.microsoft' };
const ofFusedConv = (sum, index) => [
  { ...fused, input: [...product(index, 'Conv'), '', sum], output: [`sum ${index}`] },
];

/** How a product is added to the sum so far. */
const forms = {
  'MatMul, Add': { ...asMatrices, first: 'MatMul', next: added('MatMul') },
  Gemm: { ...asMatrices, first: 'Gemm', next: ofGemm },
  'Conv, Add': { ...asConvolution, first: 'Conv', next: added('Conv') },
  FusedConv: { ...asConvolution, first: 'Conv', next: ofFusedConv },
};

const modelOf = ({ left, right, first, next }, whole) => {
  const terms = Array.from({ length: TERMS }, (_, index) => index);
  const sums = terms.flatMap((index) =>
    index === 0 ? [{ opType: first, input: product(0, first), output: ['sum 0'] }] : next(`sum ${index - 1}`, index),
  );
  const last = `sum ${TERMS - 1}`;
  const attribute = [{ name: 'keepdims', type: INT, i: 0 }];
  const scalar = { opType: 'ReduceMax', input: [last], output: ['y'], attribute };
  const same = { opType: 'Identity', input: [last], output: ['y'] };
  const graph = {
    name: 'sum of products',
    node: [...sums, whole ? same : scalar],
    input: terms.flatMap((index) => [value(`left ${index}`, left), value(`right ${index}`, right)]),
    output: [value('y', whole ? (left.length === 2 ? [ROWS, COLUMNS] : [1, ROWS, COLUMNS, 1]) : [])],
  };
  const opsetImport = [{ domain: '', version: 17 }, { domain: 'com.microsoft', version: 1 }];
  return Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.create({ irVersion: 8, opsetImport, graph })).finish());
};

const memory = (key) =>
  Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;

(async () => {
  const [name, level, whole] = process.argv.slice(2);
  const form = forms[name];
  const session = await InferenceSession.create(modelOf(form, whole === 'whole'), {
    executionProviders: ['cpu'],
    graphOptimizationLevel: level,
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
  });
  // Small integers: sums are exact, in any order.
  const factor = (dims, cycle) =>
    new Tensor('float32', Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, at) => at % cycle), dims);
  const feeds = Object.fromEntries(
    Array.from({ length: TERMS }, (_, index) => [
      [`left ${index}`, factor(form.left, 5 + index)],
      [`right ${index}`, factor(form.right, 11 + index)],
    ]).flat(),
  );
  const before = memory('VmRSS');
  const { y } = await session.run(feeds);
  const peak = Math.round((memory('VmHWM') - before) / MIB);
  const digest = () => createHash('sha256').update(new Uint8Array(y.data.buffer, y.data.byteOffset)).digest('hex');
  console.log(whole === 'whole' ? digest() : peak);
})();
JS
echo "onnxruntime-node 1.30.0: buffers of the size of the result, at the peak of a sum of four products"
result=
expect() { # BUFFERS LEVEL FORM
  local buffers=$1 level=$2 form=$3 seen digest
  seen=$(node run.cjs "$form" "$level")
  digest=$(node run.cjs "$form" "$level" whole)
  echo "$form ($level): $seen, sha256 of the result ${digest:0:16}"
  [ "$seen" = "$buffers" ] || { echo "changed: $form took $buffers"; exit 1; }
  [ "${result:=$digest}" = "$digest" ] || { echo "changed: $form has another result"; exit 1; }
}
expect 5 disabled 'MatMul, Add'
expect 2 all 'MatMul, Add'
expect 2 disabled Gemm
expect 2 all Gemm
expect 5 disabled 'Conv, Add'
expect 5 all 'Conv, Add'
expect 1 disabled FusedConv
expect 1 all FusedConv
