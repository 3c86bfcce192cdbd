/**
 * A GPT's forward pass as one would write it on paper, in float64 and with loops: x ← x + h·attention(norm x), x ← x + h·mlp(norm x).
 * It shares nothing with the programs and backends of vcycle, so that it can vouch for what is exported.
 */
import type { Parameters } from '../../src/model/hugging-face.js';
import type { GptModel, Model } from '../../src/schedule/schedule.js';
import { plainLlamaLogits } from './plain-llama.js';
import { at, type Matrix, matrixIn, softmax, sum, times, vectorIn } from './plain-matrix.js';

/** Logits [time, vocabulary] of one sequence of tokens, by a model of either family. */
export const plainLogits = (parameters: Parameters, model: Model, h: number, tokens: readonly number[]): Matrix =>
  model.kind === 'llama' ? plainLlamaLogits(parameters, model, h, tokens) : plainGptLogits(parameters, model, h, tokens);

const plainGptLogits = (parameters: Parameters, model: GptModel, h: number, tokens: readonly number[]): Matrix => {
  const vector = (name: string): readonly number[] => vectorIn(parameters, name);
  const matrix = (name: string): Matrix => matrixIn(parameters, name);
  const norm = (x: Matrix, name: string): Matrix => {
    const [weight, bias] = [vector(`${name}.weight`), vector(`${name}.bias`)];
    return x.map((row) => {
      const mean = sum(row) / row.length;
      const deviation = Math.sqrt(sum(row.map((value) => (value - mean) ** 2)) / row.length + 1e-5);
      return row.map((value, column) => ((value - mean) / deviation) * at(weight, column) + (bias[column] ?? 0));
    });
  };
  const linear = (x: Matrix, name: string): Matrix => {
    const [weight, bias] = [matrix(`${name}.weight`), vector(`${name}.bias`)];
    return times(x, weight).map((row) => row.map((value, column) => value + (bias[column] ?? 0)));
  };
  const attention = (x: Matrix, name: string): Matrix => {
    const [query, key, value] = [linear(x, `${name}.query`), linear(x, `${name}.key`), linear(x, `${name}.value`)];
    const size = model.width / model.heads;
    const heads = Array.from({ length: model.heads }, (_, head) => {
      const slice = (rows: Matrix): Matrix => rows.map((row) => row.slice(head * size, (head + 1) * size));
      const [q, k, v] = [slice(query), slice(key), slice(value)];
      const weights = q.map((row, time) =>
        softmax(k.slice(0, time + 1).map((other) => sum(row.map((a, i) => a * at(other, i))) / Math.sqrt(size))),
      );
      return weights.map((row) => at(times([row], v.slice(0, row.length)), 0));
    });
    const joined = x.map((_, time) => heads.flatMap((head) => at(head, time)));
    return linear(joined, `${name}.output`);
  };
  const mlp = (x: Matrix, name: string): Matrix =>
    linear(
      linear(x, `${name}.expand`).map((row) => row.map(model.gelu === 'tanh' ? tanhGelu : gelu)),
      `${name}.contract`,
    );
  const step = (x: Matrix, branch: Matrix): Matrix => x.map((row, time) => row.map((value, i) => value + h * at(at(branch, time), i)));

  const [tokenEmbedding, positionEmbedding] = [matrix('embedding.token.weight'), matrix('embedding.position.weight')];
  let x: Matrix = tokens.map((token, time) => at(tokenEmbedding, token).map((value, i) => value + at(at(positionEmbedding, time), i)));
  for (let layer = 0; layer < model.layers; layer++) {
    x = step(x, attention(norm(x, `layers.${layer}.attention.norm`), `layers.${layer}.attention`));
    x = step(x, mlp(norm(x, `layers.${layer}.mlp.norm`), `layers.${layer}.mlp`));
  }
  x = norm(x, 'norm');
  return x.map((row) => tokenEmbedding.map((embedding) => sum(row.map((value, i) => value * at(embedding, i)))));
};

/** As Hendrycks and Gimpel (2016) write it. */
const tanhGelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

const gelu = (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2));

/** Abramowitz and Stegun 7.1.6: erf x = 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)); every term has the sign of x. */
const erf = (x: number): number => {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let series = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(series); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    series += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * series;
};
