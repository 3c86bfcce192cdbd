/**
 * nanoGPT's setting for a CPU, on one level: 4 layers × 128 on the characters of Shakespeare, 2,000 steps. Its README expects a validation
 * loss of about 1.88.
 *
 * The settings are those of https://github.com/karpathy/nanoGPT, README, "I only have a macbook": train.py with
 * config/train_shakespeare_char.py and --block_size=64 --batch_size=12 --n_layer=4 --n_head=4 --n_embd=128 --max_iters=2000
 * --lr_decay_iters=2000 --dropout=0.0. No biases, as in train.py; validation uses the last tenth of the text, as in data/shakespeare_char.
 *
 * Measured (onnx-cpu; results/nanogpt-cpu.json): validation loss 1.9102 after 7.93 TFLOP; with the seeds 1, 2 and 3 it was 1.9032, 1.9068
 * and 1.9138. PyTorch from the same initial weights over the same batches also ended at 1.9102, with losses equal to six digits wherever
 * they were compared; with its own weights or batches it ended between 1.894 and 1.914. nanoGPT's 1.88 is the mean of 20 random batches.
 *
 * The text is read relative to the working folder: run it where ../shared/data/tinyshakespeare.txt exists.
 */
import { adamw, cosine, gpt, pipeline, text, train } from 'vcycle';

export const setup = {
  model: gpt({ layers: 4, heads: 4, width: 128, context: 64, bias: false }),
  data: text('../shared/data/tinyshakespeare.txt', { heldOut: 0.1 }),
  optimizer: adamw({ learningRate: cosine(1e-3, { floor: 1e-4, warmup: 100 }), beta2: 0.99, weightDecay: 0.1, clip: 1 }),
  batch: 12,
  seed: 1337,
  // 100 batches cover two thirds of the held-out text; nanoGPT's 20 cover a seventh.
  evaluation: { every: 250, batches: 100 },
} as const;

export default pipeline(setup, train(2000));
