/**
 * `npm run bench:sample`: 200 tokens from a model of GPT-2's sizes on `onnx-cpu`, with the cache of keys and values and by a pass over a
 * full window for each token, for which only a few tokens are timed. Writes the table of bench/README.md. Not here: what is measured
 * (`measure/sampling.ts`).
 */
import { measure, sizeOptions } from './child.js';
import { intoOwnBlock } from './each-backend.js';
import { script } from './unmeasured.js';

const SIZES = { layers: 12, heads: 12, width: 768, context: 1024, batch: 1, vocabulary: 50257 };
const PROMPT = 8;
const TOKENS = 200;
const FEW = 6;

const sampled = async (cached: boolean): Promise<string> => {
  const tokens = cached ? TOKENS : FEW;
  const options = [...sizeOptions(SIZES), '--prompt', `${PROMPT}`, '--tokens', `${tokens}`, '--cached', `${Number(cached)}`];
  const { first, each, peakRssMb } = (await measure('sampling', options, ['first', 'each', 'peakRssMb'])).values;
  const how = cached ? 'with a cache of keys and values' : `a window for each token (${FEW} timed)`;
  const cell = (number: number, digits: number): string => number.toFixed(digits);
  return `| ${how} | ${cell(first, 2)} | ${cell(1000 * each, 0)} | ${cell(first + (TOKENS - 1) * each, 1)} | ${cell(peakRssMb, 0)} |`;
};

await script(async () => {
  const table = [
    `| ${TOKENS} tokens after ${PROMPT} | first token: s | each other: ms | all: s | peak memory: MB |`,
    '| --- | ---: | ---: | ---: | ---: |',
    await sampled(true),
    await sampled(false),
  ];
  await intoOwnBlock('bench/README.md', 'bench:sample', table);
});
