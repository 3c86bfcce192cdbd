/**
 * Samples text from a model with initial weights, token by token at temperature 0 after a prompt of `prompt` tokens: with the cache, as
 * `vcycle sample` does, or (`--cached 0`) with a pass over a full window for each token.
 */
import type { Backend, DeviceTensor } from '../../src/backend.js';
import type { Parameters } from '../../src/model/hugging-face.js';
import { logitsProgram } from '../../src/model/level-programs.js';
import { initialValues, levelParameters } from '../../src/model/parameters.js';
import { outputOf, typeIn } from '../../src/program/program.js';
import { draw } from '../../src/runner/draw.js';
import { NextLogits } from '../../src/runner/next-logits.js';
import { orUnmeasured } from '../unmeasured.js';
import { modelOf, onBackend, peakRssMb, print, sizeNames, wholeNumbers } from './script.js';

const { tokens, prompt, cached, ...sizes } = wholeNumbers([...sizeNames, 'tokens', 'prompt', 'cached']);
const model = modelOf(sizes);
const level = { layers: model.layers, h: 1 };
const greedy = { temperature: 0, topK: 0 } as const;

const parameters: Parameters = new Map(
  levelParameters(model, level).map(({ fullName, spec }) => [fullName, { shape: spec.shape, data: initialValues(spec, fullName, 1) }]),
);

const grow = async (next: (text: readonly number[]) => Promise<number>): Promise<object> => {
  const text = Array.from({ length: prompt }, (_, index) => (7 * index) % model.vocabulary);
  const began = performance.now();
  let first = Number.NaN;
  for (let added = 0; added < tokens; added++) {
    text.push(await next(text));
    if (added === 0) first = (performance.now() - began) / 1000;
  }
  const seconds = (performance.now() - began) / 1000;
  return { seconds, first, each: (seconds - first) / (tokens - 1), peakRssMb: peakRssMb(), last: text.at(-1) };
};

const withCache = (backend: Backend): Promise<object> => {
  const following = new NextLogits(backend, { model, h: 1, parameters }, prompt + tokens - 1);
  return grow(async (text) => draw(await orUnmeasured(() => following.after(text)), greedy, Math.random)).finally(() => following.close());
};

const byWindows = async (backend: Backend): Promise<object> => {
  const executable = await orUnmeasured(backend.compile(logitsProgram(model, level, 1, { rewrites: backend.capabilities.rewrites })));
  const { program } = executable;
  const uploaded = new Map<string, DeviceTensor>();
  for (const { name, role, value } of program.inputs) {
    const data = parameters.get(name)?.data;
    if (role !== 'parameter' || data === undefined) continue;
    uploaded.set(name, await orUnmeasured(backend.upload({ type: typeIn(program, value), data })));
  }
  return grow(async (text) => {
    const data = new Int32Array(model.context);
    data.set(text);
    const inputs = program.inputs.map(({ name, value }) => uploaded.get(name) ?? { type: typeIn(program, value), data });
    const output = outputOf(program, await orUnmeasured(executable.run(inputs)), 'logits');
    const logits = await orUnmeasured(backend.download(output));
    backend.release(output);
    const last = (text.length - 1) * model.vocabulary;
    return draw(logits.data.subarray(last, last + model.vocabulary), greedy, Math.random);
  });
};

await print(() => onBackend(cached === 1 ? withCache : byWindows));
