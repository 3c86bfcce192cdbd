/** A small model of any family with random weights, for tests of what is saved and loaded. Every tensor is random, biases and norms too. */
import { stream } from '../../src/data/random.js';
import type { Parameter, Parameters } from '../../src/model/hugging-face.js';
import { levelParameters } from '../../src/model/parameters.js';
import type { Model } from '../../src/schedule/schedule.js';

export const randomParameters = (model: Model, vocabulary: number, seed: number): Parameters =>
  new Map(
    levelParameters({ ...model, vocabulary }, { layers: model.layers, h: 1 }).map(({ fullName, spec: { shape } }): [string, Parameter] => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      stream(seed, fullName).fillNormal(data, 0.2);
      return [fullName, { shape, data: /norm\.weight$/i.test(fullName) ? data.map((value) => 1 + value) : data }];
    }),
  );
