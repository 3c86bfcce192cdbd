/**
 * llama.cpp in a process of its own (its library ends the process where it is not pleased): reads what it is asked as JSON on stdin, and writes what it
 * answers on stdout. Not a test itself. The library is the one that npm has prebuilt, without the package over it, which brings a build system.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Answer, Asked } from './llama.js';

interface Model {
  init(): Promise<boolean>;
  tokenize(text: string, parseSpecial: boolean): Uint32Array;
  isEogToken(token: number): boolean;
  getTrainContextSize(): number;
}

interface Context {
  init(): Promise<boolean>;
  initBatch(size: number): void;
  addToBatch(sequence: number, position: number, tokens: Uint32Array, logitsAt: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(
    at: number,
    sampler: Sampler,
    probabilities: boolean,
    confidence: boolean,
    logits: boolean,
  ): Promise<readonly [token: number, probabilities: undefined, confidence: undefined, logits: readonly number[]]>;
}

interface Sampler {
  applyConfig(config: { readonly temperature: number }): void;
}

interface Addon {
  readonly AddonModel: new (file: string, options: object) => Model;
  readonly AddonContext: new (model: Model, options: object) => Context;
  readonly AddonSampler: new (model: Model) => Sampler;
  setLoggerLogLevel(level: number): void;
  loadBackends(folder?: string): void;
  init(): Promise<void>;
  dispose(): Promise<void>;
}

/** ggml's number for 32-bit floats: keys and values are kept as such, not as 16-bit ones. */
const F32 = 0;

const started = async (folder: string): Promise<Addon> => {
  const addon: Addon = createRequire(import.meta.url)(join(folder, 'llama-addon.node'));
  addon.setLoggerLogLevel(0);
  addon.loadBackends();
  addon.loadBackends(folder);
  await addon.init();
  return addon;
};

/** The likeliest tokens after those of the prompt, one after another, and the logits of the first. */
const continued = async (addon: Addon, model: Model, { prompt, tokens }: Asked): Promise<Pick<Answer, 'generated' | 'logits'>> => {
  const size = model.getTrainContextSize();
  const options = { contextSize: size, batchSize: size, sequences: 1, threads: 1, kvCacheKeyType: F32, kvCacheValueType: F32 };
  const context = new addon.AddonContext(model, { ...options, flashAttention: false });
  if (!(await context.init())) throw new Error('llama.cpp made no context');
  const sampler = new addon.AddonSampler(model);
  sampler.applyConfig({ temperature: 0 });
  const generated: number[] = [];
  const logits: number[] = [];
  let [position, feed] = [0, model.tokenize(prompt, false)];
  for (let index = 0; index < tokens; index++) {
    context.initBatch(feed.length);
    const [at = 0] = context.addToBatch(0, position, feed, Uint32Array.of(feed.length - 1));
    await context.decodeBatch();
    const [token, , , pairs] = await context.sampleToken(at, sampler, false, false, index === 0);
    if (index === 0) for (let pair = 0; pair < pairs.length; pair += 2) logits[pairs[pair] ?? 0] = pairs[pair + 1] ?? Number.NaN;
    generated.push(token);
    position += feed.length;
    feed = Uint32Array.of(token);
  }
  return { generated, logits };
};

const asked: Asked = JSON.parse(await text(process.stdin));
const [platform] = [`${process.platform}-${process.arch}`];
const addon = await started(join(dirname(fileURLToPath(import.meta.resolve(asked.library))), '..', 'bins', platform));
const model = new addon.AddonModel(asked.file, { addonExports: addon, gpuLayers: 0, useMmap: true });
if (!(await model.init())) throw new Error('llama.cpp does not open the model');
const answer: Answer = {
  ids: asked.texts.map((each) => [...model.tokenize(each, false)]),
  ends: asked.ends.map((token) => model.isEogToken(token)),
  ...(await continued(addon, model, asked)),
};
process.stdout.write(JSON.stringify(answer));
