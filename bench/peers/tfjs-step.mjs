/**
 * One training step of a GPT with tfjs's own autodiff: a peer of the benchmark. The same model, clipping and optimizer as
 * `torch_step.py`; the batch is random tokens, the same at each step, so that a falling loss shows learning.
 * Uses nothing of vcycle. One line of JSON goes to stdout; times are milliseconds per step, memory is the process's peak.
 *
 * tfjs-node is loaded from the folder of its setup (`--folder`), with its own tfjs-core.
 *
 * node bench/peers/tfjs-step.mjs --backend wasm --layers 4 --heads 4 --width 128 --context 64 --batch 12 --vocabulary 65 --steps 20
 */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import util, { parseArgs } from 'node:util';
import { createJiti } from 'jiti';

const CLIP = 1;
const LEARNING_RATE = 1e-3;
const DECAY = 0.1;

/** tfjs-core with the backend, which its package registers under its own name, and with gradients. */
const withCore = async (name, backend) => {
  await backend();
  // The package's Node build omits the gradients; they are in its module files, which Node cannot import directly.
  await createJiti(import.meta.url).import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
  return { tf: await import('@tensorflow/tfjs-core'), name };
};
const tensorflow = (folder) => {
  if (folder === undefined) throw new RangeError('--backend node must know where it is set up: give --folder');
  // Only errors on stderr.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // The package calls it, but Node 23 removed it.
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  return { tf: createRequire(join(folder, 'package.json'))('@tensorflow/tfjs-node'), name: 'tensorflow' };
};
const backends = {
  wasm: () => withCore('wasm', () => import('@tensorflow/tfjs-backend-wasm')),
  cpu: () => withCore('cpu', () => import('@tensorflow/tfjs-backend-cpu')),
  node: tensorflow,
};

const options = { layers: 4, heads: 4, width: 128, context: 64, batch: 12, vocabulary: 65, steps: 20, warmup: 2 };
const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    folder: { type: 'string' },
    ...Object.fromEntries(Object.entries(options).map(([name, value]) => [name, { type: 'string', default: String(value) }])),
  },
});
const { layers, heads, width, context, batch, vocabulary, steps, warmup } = Object.fromEntries(
  Object.keys(options).map((name) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < (name === 'warmup' ? 0 : 1))
      throw new RangeError(`--${name} must be a whole number above 0 (was ${values[name]})`);
    return [name, value];
  }),
);
if (!Object.hasOwn(backends, values.backend)) {
  throw new RangeError(`--backend must be one of ${Object.keys(backends).join(', ')} (was ${values.backend})`);
}

const { tf, name: registered } = await backends[values.backend](values.folder);
if (!(await tf.setBackend(registered))) throw new Error(`tfjs could not start its ${values.backend} backend`);
await tf.ready();

const parameters = new Map();
const parameter = (name, value) => parameters.set(name, tf.variable(value, true, name));
const normal = (name, shape, deviation) => parameter(name, tf.randomNormal(shape, 0, deviation, 'float32', parameters.size + 1));
const norm = (name) => {
  parameter(`${name}.weight`, tf.ones([width]));
  parameter(`${name}.bias`, tf.zeros([width]));
};
const linear = (name, inputs, outputs, deviation = 0.02) => {
  normal(`${name}.weight`, [inputs, outputs], deviation);
  parameter(`${name}.bias`, tf.zeros([outputs]));
};
const residual = 0.02 / Math.sqrt(2 * layers);
normal('token', [vocabulary, width], 0.02);
normal('position', [context, width], 0.02);
for (let layer = 0; layer < layers; layer++) {
  norm(`${layer}.attentionNorm`);
  linear(`${layer}.attentionIn`, width, 3 * width);
  linear(`${layer}.attentionOut`, width, width, residual);
  norm(`${layer}.mlpNorm`);
  linear(`${layer}.expand`, width, 4 * width);
  linear(`${layer}.contract`, 4 * width, width, residual);
}
norm('norm');

const rows = batch * context;
const headSize = width / heads;
const get = (name) => parameters.get(name);
const tokens = tf.randomUniformInt([batch, context + 1], 0, vocabulary, 1);
const oneHot = (ids) => tf.cast(tf.oneHot(tf.reshape(ids, [rows]), vocabulary), 'float32');
const inputs = tf.tidy(() => oneHot(tf.slice(tokens, [0, 0], [batch, context])));
const targets = tf.tidy(() => oneHot(tf.slice(tokens, [0, 1], [batch, context])));
/** 0 for keys that a query may attend to, a large negative number for later ones. */
const mask = tf.tensor2d(
  Float32Array.from({ length: context * context }, (_, i) => (i % context > Math.floor(i / context) ? -1e9 : 0)),
  [context, context],
);

const layerNorm = (x, name) => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5));
  return tf.add(tf.mul(tf.mul(centred, inverse), get(`${name}.weight`)), get(`${name}.bias`));
};
const project = (x, name) => tf.add(tf.matMul(x, get(`${name}.weight`)), get(`${name}.bias`));
const gelu = (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
const attention = (x, name) => {
  const qkv = tf.transpose(tf.reshape(project(x, `${name}In`), [batch, context, 3, heads, headSize]), [2, 0, 3, 1, 4]);
  const [q, k, v] = tf.unstack(qkv); // each [batch, heads, context, head size]
  const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(headSize)), mask);
  const mixed = tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]);
  return project(tf.reshape(mixed, [rows, width]), `${name}Out`);
};

/** Mean cross-entropy. The embedding is a product with one-hot rows: the wasm backend has no kernel for a gather's gradient. */
const loss = () => {
  const embedded = tf.reshape(tf.matMul(inputs, get('token')), [batch, context, width]);
  let x = tf.reshape(tf.add(embedded, get('position')), [rows, width]);
  for (let layer = 0; layer < layers; layer++) {
    x = tf.add(x, attention(layerNorm(x, `${layer}.attentionNorm`), `${layer}.attention`));
    x = tf.add(x, project(gelu(project(layerNorm(x, `${layer}.mlpNorm`), `${layer}.expand`)), `${layer}.contract`));
  }
  const logits = tf.matMul(layerNorm(x, 'norm'), get('token'), false, true);
  const shifted = tf.sub(logits, tf.max(logits, -1, true));
  const logProbabilities = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
  return tf.neg(tf.mean(tf.sum(tf.mul(targets, logProbabilities), -1)));
};

const optimizer = tf.train.adam(LEARNING_RATE, 0.9, 0.99, 1e-8);
const variables = [...parameters.values()];
const step = () =>
  tf.tidy(() => {
    const { value, grads } = tf.variableGrads(loss, variables);
    const length = tf.sqrt(tf.addN(Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)))));
    const scale = tf.minimum(1, tf.div(CLIP, tf.add(length, 1e-6)));
    // AdamW: the decay of matrices is applied separately from the gradient, since tfjs's Adam has none.
    for (const variable of variables) if (variable.rank === 2) variable.assign(tf.mul(variable, 1 - LEARNING_RATE * DECAY));
    optimizer.applyGradients(Object.fromEntries(Object.entries(grads).map(([name, gradient]) => [name, tf.mul(gradient, scale)])));
    return value.dataSync()[0];
  });

const megabytes = () => (process.resourceUsage().maxRSS * 1024) / 1e6;
const importedRssMb = megabytes();
const losses = [];
const milliseconds = [];
for (let done = 0; done < warmup + steps; done++) {
  const start = performance.now();
  losses.push(step());
  if (done >= warmup) milliseconds.push(performance.now() - start);
}
milliseconds.sort((a, b) => a - b);
const middle = (milliseconds[(steps - 1) >> 1] + milliseconds[steps >> 1]) / 2;
console.log(
  JSON.stringify({
    peer: `tfjs-${values.backend}`,
    medianMs: middle,
    minMs: milliseconds[0],
    steps,
    peakRssMb: megabytes(),
    importedRssMb,
    parameters: variables.reduce((total, variable) => total + variable.size, 0),
    losses,
    threads: values.backend === 'node' ? availableParallelism() : 1,
    optimizer: 'Adam of tfjs, decay apart',
    versions: { node: process.versions.node, tfjs: tf.version_core ?? tf.version['tfjs-core'] },
  }),
);
