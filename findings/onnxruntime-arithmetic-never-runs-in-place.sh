#!/usr/bin/env bash
# onnxruntime-node 1.30.0, CPU provider: Softmax and Tanh write over an input that nothing reads any more; Add, Mul, Exp
# and Neg, the simplest of all, never do.
#
# Guessed: what works element by element and keeps the shape runs in place where its input dies; Softmax, which reads a
#          row three times, needs a second buffer.
# Seen:    the reverse. In a chain of four equal operations on 36 MiB, Relu, Tanh, Sigmoid, HardSigmoid, Clip, Elu,
#          Softplus, Softmax and LogSoftmax take 36 MiB in all; Add, Sub, Mul, Div, Pow, Max, Exp, Log, Sqrt, Neg, Abs
#          and Erf take 72, two buffers in turn. With the arena and all optimizations on, Exp still takes twice as much
#          as Sigmoid.
# A kernel runs in place only if its registration allows it: those of activations do, those of arithmetic do not. A
# softmax written out (Sub, Exp, Div), or a bias added after the product and not in the Gemm, takes a second tensor of
# the size of the logits. vcycle's chunked head takes probabilities, and the logarithm of their divisor, from a Softmax.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnx-proto@8.0.1
cat >run.cjs <<'JS'
const { readFileSync } = require('node:fs');
const { onnx } = require('onnx-proto');
const { InferenceSession, Tensor } = require('onnxruntime-node');

// More than 32 MiB: glibc maps a block of this size by itself, and gives it back as soon as it is freed.
const SHAPE = [9 * 1024, 1024];
const MIB = (4 * SHAPE[0] * SHAPE[1]) / 2 ** 20;
const OPERATIONS = 4;
const { FLOAT } = onnx.TensorProto.DataType;
const { INT } = onnx.AttributeProto.AttributeType;
const value = (name, dims) => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});

/** x -> opType -> ... -> opType -> its maximum; the second input, where there is one, is a scalar. */
const chainOf = (opType, inputs) => {
  const names = ['x', ...Array.from({ length: OPERATIONS }, (_, index) => `value ${index}`)];
  const chain = names.slice(1).map((output, index) => ({
    opType,
    input: inputs === 2 ? [names[index], 'half'] : [names[index]],
    output: [output],
  }));
  const maximum = { opType: 'ReduceMax', input: [names.at(-1)], output: ['y'] };
  const graph = {
    name: opType,
    node: [...chain, { ...maximum, attribute: [{ name: 'keepdims', type: INT, i: 0 }] }],
    initializer: [{ name: 'half', dims: [], dataType: FLOAT, floatData: [0.5] }],
    input: [value('x', SHAPE)],
    output: [value('y', [])],
  };
  const opsetImport = [{ domain: '', version: 18 }];
  return Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.create({ irVersion: 10, opsetImport, graph })).finish());
};

const memory = (key) =>
  Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;

(async () => {
  const [opType, inputs, how] = process.argv.slice(2);
  const session = await InferenceSession.create(chainOf(opType, Number(inputs)), {
    executionProviders: ['cpu'],
    graphOptimizationLevel: how === 'plain' ? 'disabled' : 'all',
    enableCpuMemArena: how !== 'plain',
    enableMemPattern: how !== 'plain',
    logSeverityLevel: 3,
  });
  const x = new Tensor('float32', new Float32Array(SHAPE[0] * SHAPE[1]).fill(0.25), SHAPE);
  const before = memory('VmRSS');
  await session.run({ x });
  console.log(Math.round((memory('VmHWM') - before) / MIB));
})();
JS
echo "onnxruntime-node 1.30.0: buffers at the peak of four operations, each the only reader of the one before"
expect() { # BUFFERS HOW INPUTS OPERATION...
  local buffers=$1 how=$2 inputs=$3 operation seen
  shift 3
  for operation in "$@"; do
    seen=$(node run.cjs "$operation" "$inputs" "$how")
    echo "$operation ($how): $seen"
    [ "$seen" = "$buffers" ] || { echo "changed: $operation took $buffers"; exit 1; }
  done
}
expect 1 plain 1 Relu Tanh Sigmoid HardSigmoid Clip Elu Softplus Softmax LogSoftmax
expect 2 plain 1 Exp Log Sqrt Neg Abs Erf
expect 2 plain 2 Add Sub Mul Div Pow Max
expect 1 optimized 1 Sigmoid
expect 2 optimized 1 Exp
