/**
 * nanoGPT's setting for a CPU, on one level: 4 layers × 128 on the characters of Shakespeare, 2,000 steps. Its README expects a
 * validation loss of about 1.88.
 *
 * The numbers are those of https://github.com/karpathy/nanoGPT, README, "I only have a macbook": train.py with
 * config/train_shakespeare_char.py and --block_size=64 --batch_size=12 --n_layer=4 --n_head=4 --n_embd=128 --max_iters=2000
 * --lr_decay_iters=2000 --dropout=0.0. No biases, as train.py has it; the last tenth of the text validates, as data/shakespeare_char does.
 *
 * The text is read from the working folder: run it where ../shared/data/tinyshakespeare.txt is there.
 */
import { adamw, cosine, gpt, pipeline, text, train } from 'vcycle';

export const setup = {
  model: gpt({ layers: 4, heads: 4, width: 128, context: 64, bias: false }),
  data: text('../shared/data/tinyshakespeare.txt', { heldOut: 0.1 }),
  optimizer: adamw({ learningRate: cosine(1e-3, { floor: 1e-4, warmup: 100 }), beta2: 0.99, weightDecay: 0.1, clip: 1 }),
  batch: 12,
  seed: 1337,
  // 100 batches see two thirds of the held-out text; nanoGPT's 20 see a seventh.
  evaluation: { every: 250, batches: 100 },
} as const;

export default pipeline(setup, train(2000));
