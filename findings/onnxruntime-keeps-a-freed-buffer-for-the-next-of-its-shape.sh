#!/usr/bin/env bash
# onnxruntime-node 1.30.0, CPU provider: a buffer that nobody needs stays allocated if a value of the same shape comes
# later in the graph, however much later; with another shape of the same size, it is freed.
#
# Guessed: where only one large value is alive at a time, the peak is the largest of them, above all with
#          `enableCpuMemArena: false` and `enableMemPattern: false`, by which each is allocated and freed by itself.
# Seen:    sixteen values of 40 MiB, one after the other, eight shapes and then the same eight again: 320 MiB. Only the
#          first eight: 40 MiB. All sixteen, but the last eight transposed, [1024, n] for [n, 1024]: 40 MiB. All sixteen
#          as they were, but the last eight shapes taken through an Abs, so that the planner does not know them: 40 MiB.
# The planner gives the later value the buffer of the earlier one when it knows that their shapes are equal, and what is
# between has to find room beside it: all shapes at once, not the largest. Graphs with a way there and a way back are of
# this kind: U-Nets, and the two passes of a training step. Python's `enable_mem_reuse = False` switches it off (40 MiB,
# below); `SessionOptions` of onnxruntime-node do not have it. vcycle hides the shapes of some Reshapes by an Abs, which
# works with `graphOptimizationLevel: 'disabled'`: optimizations fold it into a constant.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnx-proto@8.0.1
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check onnxruntime==1.30.0
cat >run.cjs <<'JS'
const { readFileSync, writeFileSync } = require('node:fs');
const { onnx } = require('onnx-proto');
const { InferenceSession, Tensor } = require('onnxruntime-node');

// Blocks of more than 32 MiB: glibc maps each by itself, and gives it back as soon as it is freed.
const shapes = Array.from({ length: 8 }, (_, index) => [10_240 + index, 1024]);
const { FLOAT, INT64 } = onnx.TensorProto.DataType;
const { INT } = onnx.AttributeProto.AttributeType;
const scalar = (name) => ({ name, type: { tensorType: { elemType: FLOAT, shape: { dim: [] } } } });
const integers = (name, values) => ({
  name,
  dims: [values.length],
  dataType: INT64,
  rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

/** The two passes' shapes, and whether the second's are behind an Abs. */
const kinds = {
  once: { second: [], hidden: false },
  again: { second: shapes, hidden: false },
  transposed: { second: shapes.map(([rows, columns]) => [columns, rows]), hidden: false },
  hidden: { second: shapes, hidden: true },
};

/** A scalar is spread over a shape and reduced to its maximum, a scalar, shape after shape. */
const modelOf = ({ second, hidden }) => {
  const passes = [...shapes, ...second];
  const node = passes.flatMap((_, index) => {
    const given = `shape ${index}`;
    const behindAbs = hidden && index >= shapes.length;
    const shape = behindAbs ? `same shape ${index}` : given;
    const keepdims = { name: 'keepdims', type: INT, i: 0 };
    return [
      ...(behindAbs ? [{ opType: 'Abs', input: [given], output: [shape] }] : []),
      { opType: 'Expand', input: [`scalar ${index}`, shape], output: [`large ${index}`] },
      { opType: 'ReduceMax', input: [`large ${index}`], output: [`scalar ${index + 1}`], attribute: [keepdims] },
    ];
  });
  const graph = {
    name: 'passes',
    node,
    initializer: passes.map((shape, index) => integers(`shape ${index}`, shape)),
    input: [scalar('scalar 0')],
    output: [scalar(`scalar ${passes.length}`)],
  };
  const opsetImport = [{ domain: '', version: 18 }];
  return Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.create({ irVersion: 10, opsetImport, graph })).finish());
};

const memory = (key) =>
  Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;

(async () => {
  const [kind] = process.argv.slice(2);
  const model = modelOf(kinds[kind]);
  writeFileSync(`${kind}.onnx`, model);
  const session = await InferenceSession.create(model, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'disabled',
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
  });
  const before = memory('VmRSS');
  await session.run({ 'scalar 0': new Tensor('float32', Float32Array.of(0.5), []) });
  console.log(Math.round(memory('VmHWM') - before));
})();
JS
cat >run.py <<'PY'
import re
import sys
from pathlib import Path

import numpy
import onnxruntime

options = onnxruntime.SessionOptions()
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
options.enable_cpu_mem_arena = False
options.enable_mem_pattern = False
options.enable_mem_reuse = sys.argv[1] == 'reuse'
options.log_severity_level = 3


def memory(key):
    return int(re.search(rf'{key}:\s+(\d+)', Path('/proc/self/status').read_text())[1]) / 1024


session = onnxruntime.InferenceSession('again.onnx', options, providers=['CPUExecutionProvider'])
before = memory('VmRSS')
session.run(None, {'scalar 0': numpy.array(0.5, numpy.float32)})
print(round(memory('VmHWM') - before))
PY
expect() { # MIB WHAT COMMAND...
  local was=$1 what=$2 seen
  shift 2
  seen=$("$@")
  echo "$what: $seen MiB"
  if [ "$seen" -lt $((was * 3 / 4)) ] || [ "$seen" -gt $((was * 5 / 4)) ]; then
    echo "changed: it was $was MiB"
    exit 1
  fi
}
echo "onnxruntime-node 1.30.0: values of 40 MiB, never two alive at once, at the peak"
expect 40 'eight shapes' node run.cjs once
expect 320 'eight shapes, then the same eight' node run.cjs again
expect 40 'eight shapes, then the same eight transposed' node run.cjs transposed
expect 40 'eight shapes, then the same eight through an Abs' node run.cjs hidden
expect 320 'Python, the same eight again' env/bin/python run.py reuse
expect 40 'Python, the same eight again, enable_mem_reuse = False' env/bin/python run.py apart
