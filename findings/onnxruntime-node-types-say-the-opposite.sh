#!/usr/bin/env bash
# onnxruntime-node 1.30.0: of the session options, one that its types say it has does nothing, and two that they
# say it lacks work.
#
# Guessed: the types are right: freeDimensionOverrides works ("available only in ONNXRuntime (Node.js binding and
#          react-native) or WebAssembly backend"), `extra` does not ("only in WebAssembly backend. Will support
#          Node.js binding [...] later"), nor does enableProfiling ("a placeholder for a future use").
# Seen:    with freeDimensionOverrides { rows: 3 } the input is still ["rows",2] and 5 rows run as well;
#          onnxruntime-web with the same option has [3,2]. `extra` arrives: { session: { save_model_format: 'ORT' } }
#          writes the optimized model in ORT's format. enableProfiling writes a profile.
# Who fixes a dimension gets a session in which it is free, and no word of it. vcycle passes `extra` to forbid that
# nodes fall back to the CPU.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnxruntime-web@1.30.0 onnx-proto@8.0.1
cat >options.cjs <<'JS'
const { readFileSync, readdirSync } = require('node:fs');
const { onnx } = require('onnx-proto');
const node = require('onnxruntime-node');
const web = require('onnxruntime-web');

const dims = [{ dimParam: 'rows' }, { dimValue: 2 }];
const port = (name) => ({ name, type: { tensorType: { elemType: onnx.TensorProto.DataType.FLOAT, shape: { dim: dims } } } });
const graph = { name: 'twice', node: [{ opType: 'Add', input: ['x', 'x'], output: ['y'] }], input: [port('x')], output: [port('y')] };
const model = onnx.ModelProto.encode(
  onnx.ModelProto.create({ irVersion: 10, opsetImport: [{ domain: '', version: 21 }], graph }),
).finish();
const session = ({ InferenceSession }, executionProvider, options) =>
  InferenceSession.create(new Uint8Array(model), { executionProviders: [executionProvider], logSeverityLevel: 3, ...options });
const run = (ran, rows) => ran.run({ x: new node.Tensor('float32', new Float32Array(rows * 2), [rows, 2]) });
const format = async (file, extra) => {
  await session(node, 'cpu', { optimizedModelFilePath: file, ...extra });
  return readFileSync(file).toString('latin1', 4, 8) === 'ORTM' ? 'ORT' : 'ONNX';
};

(async () => {
  const freeDimensionOverrides = { rows: 3 };
  const fixed = await session(node, 'cpu', { freeDimensionOverrides });
  console.log('freeDimensionOverrides, node:', JSON.stringify(fixed.inputMetadata[0].shape));
  console.log('a run of 5 rows, node:', JSON.stringify((await run(fixed, 5)).y.dims));
  const other = await session(web, 'wasm', { freeDimensionOverrides });
  console.log('freeDimensionOverrides, web:', JSON.stringify(other.inputMetadata[0].shape));
  console.log('without extra:', await format('without', {}));
  console.log('with extra:', await format('with', { extra: { session: { save_model_format: 'ORT' } } }));
  const profiled = await session(node, 'cpu', { enableProfiling: true, profileFilePrefix: 'profile' });
  await run(profiled, 3);
  profiled.endProfiling();
  const [profile] = readdirSync('.').filter((name) => name.startsWith('profile'));
  console.log('profile:', JSON.parse(readFileSync(profile, 'utf8')).some(({ name }) => name === 'model_run') ? 'written' : 'none');
  process.exit();
})();
JS
node options.cjs | tee said
diff said - <<'SEEN' || { echo 'changed: which options work'; exit 1; }
freeDimensionOverrides, node: ["rows",2]
a run of 5 rows, node: [5,2]
freeDimensionOverrides, web: [3,2]
without extra: ONNX
with extra: ORT
profile: written
SEEN
# What the types say above each of the three options, as one line.
types=node_modules/onnxruntime-common/dist/cjs/inference-session.d.ts
above() { grep -B 30 "^ *$1?:" "$types" | tac | sed -n '2,/\/\*\*/p' | tac | tr -s ' *\n' ' '; }
case "$(above freeDimensionOverrides)" in *'available only in ONNXRuntime (Node.js binding'*) ;; *) echo 'changed: freeDimensionOverrides'; exit 1 ;; esac
case "$(above extra)" in *'only in WebAssembly backend. Will support Node.js'*) ;; *) echo 'changed: extra'; exit 1 ;; esac
case "$(above enableProfiling)" in *'placeholder for a future use'*) ;; *) echo 'changed: enableProfiling'; exit 1 ;; esac
