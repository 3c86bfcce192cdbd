/**
 * A Llama's forward pass as one would write it on paper, in float64 and with loops: each rotation is a multiplication of complex numbers, each head of
 * queries looks up its head of keys and values. It shares nothing with the programs and backends of vcycle.
 */
import type { Parameters } from '../../src/model/hugging-face.js';
import type { LlamaModel } from '../../src/schedule/schedule.js';
import { at, type Matrix, matrixIn, softmax, sum, times, vectorIn } from './plain-matrix.js';

type Row = readonly number[];

/** Logits [time, vocabulary] of one sequence of tokens. */
export const plainLlamaLogits = (parameters: Parameters, model: LlamaModel, h: number, tokens: readonly number[]): Matrix => {
  const { heads, keyValueHeads, width, theta, epsilon } = model;
  const size = width / heads;
  const normRow = (row: Row, name: string): Row => {
    const weight = vectorIn(parameters, `${name}.weight`);
    const root = Math.sqrt(sum(row.map((value) => value ** 2)) / row.length + epsilon);
    return row.map((value, unit) => (value / root) * at(weight, unit));
  };
  const norm = (x: Matrix, name: string): Matrix => x.map((row) => normRow(row, name));
  const linear = (x: Matrix, name: string): Matrix => times(x, matrixIn(parameters, `${name}.weight`));
  /** (a + ib)·e^(iφ) for the units i of the first half of a head, a, and of the second, b. */
  const turned = (row: Row, position: number): Row =>
    row.map((value, unit) => {
      const pair = unit % (size / 2);
      const angle = position / theta ** ((2 * pair) / size);
      return unit < size / 2
        ? value * Math.cos(angle) - at(row, pair + size / 2) * Math.sin(angle)
        : value * Math.cos(angle) + at(row, pair) * Math.sin(angle);
    });
  const headsOf = (rows: Matrix, head: number): Matrix => rows.map((row) => row.slice(head * size, (head + 1) * size));
  const attention = (x: Matrix, name: string): Matrix => {
    const [queries, keys, values] = ['query', 'key', 'value'].map((what) => linear(x, `${name}.${what}`)) as [Matrix, Matrix, Matrix];
    const placed = (rows: Matrix, what: string): Matrix =>
      rows.map((row, position) => turned(model.queryKeyNorm ? normRow(row, `${name}.${what}Norm`) : row, position));
    const outputs = Array.from({ length: heads }, (_, head) => {
      const own = Math.floor((head * keyValueHeads) / heads);
      const [q, k, v] = [placed(headsOf(queries, head), 'query'), placed(headsOf(keys, own), 'key'), headsOf(values, own)];
      return q.map((row, time) => {
        const seen = k.slice(0, time + 1);
        const weights = softmax(seen.map((other) => sum(row.map((a, unit) => a * at(other, unit))) / Math.sqrt(size)));
        return at(times([weights], v.slice(0, time + 1)), 0);
      });
    });
    return linear(
      x.map((_, time) => outputs.flatMap((head) => at(head, time))),
      `${name}.output`,
    );
  };
  const mlp = (x: Matrix, name: string): Matrix => {
    const up = linear(x, `${name}.up`);
    const gated = linear(x, `${name}.gate`).map((row, time) => row.map((g, unit) => (g / (1 + Math.exp(-g))) * at(at(up, time), unit)));
    return linear(gated, `${name}.down`);
  };
  const step = (x: Matrix, branch: Matrix): Matrix =>
    x.map((row, time) => row.map((value, unit) => value + h * at(at(branch, time), unit)));

  const embedding = matrixIn(parameters, 'embedding.token.weight');
  let x: Matrix = tokens.map((token) => at(embedding, token));
  for (let layer = 0; layer < model.layers; layer++) {
    x = step(x, attention(norm(x, `layers.${layer}.attention.norm`), `layers.${layer}.attention`));
    x = step(x, mlp(norm(x, `layers.${layer}.mlp.norm`), `layers.${layer}.mlp`));
  }
  const head = model.tied ? embedding : matrixIn(parameters, 'head.weight');
  return norm(x, 'norm').map((row) => head.map((word) => sum(row.map((value, unit) => value * at(word, unit)))));
};
