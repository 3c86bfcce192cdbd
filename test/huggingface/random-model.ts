/** A small GPT with random weights, for tests of what is saved and loaded. Every tensor is random, biases and norms too. */
import { stream } from '../../src/data/random.js';
import type { Parameter, Parameters } from '../../src/model/gpt2-export.js';
import type { GptModel } from '../../src/schedule/schedule.js';

export const randomParameters = (model: GptModel, vocabulary: number, seed: number): Parameters => {
  const { width, context, layers } = model;
  const shapes: [string, readonly number[]][] = [
    ['embedding.token.weight', [vocabulary, width]],
    ['embedding.position.weight', [context, width]],
    ['norm.weight', [width]],
    ['norm.bias', [width]],
  ];
  for (let layer = 0; layer < layers; layer++) {
    const linear = (name: string, inputs: number, outputs: number): void => {
      shapes.push([`layers.${layer}.${name}.weight`, [inputs, outputs]], [`layers.${layer}.${name}.bias`, [outputs]]);
    };
    for (const branch of ['attention', 'mlp']) {
      shapes.push([`layers.${layer}.${branch}.norm.weight`, [width]], [`layers.${layer}.${branch}.norm.bias`, [width]]);
    }
    for (const name of ['query', 'key', 'value', 'output']) linear(`attention.${name}`, width, width);
    linear('mlp.expand', width, 4 * width);
    linear('mlp.contract', 4 * width, width);
  }
  return new Map(
    shapes
      .filter(([name]) => model.bias || !name.endsWith('.bias'))
      .map(([name, shape]): [string, Parameter] => {
        const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
        stream(seed, name).fillNormal(data, 0.2);
        return [name, { shape, data: name.endsWith('norm.weight') ? data.map((value) => 1 + value) : data }];
      }),
  );
};
