/**
 * What Transformers.js generates from an exported folder in a real browser, on WebAssembly and on WebGPU: what `vcycle sample` writes at temperature 0.
 * The page is as a reader would write it, without a bundler; nothing is fetched from elsewhere.
 */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { namedEncoding } from '../../src/data/tokenizers/tiktoken.js';
import { onnx } from '../../src/export/onnx.js';
import { putAt } from '../../src/export/place.js';
import { sampleFrom } from '../../src/runner/sampler.js';
import { randomParameters } from '../huggingface/random-model.js';
import { inTemporaryFolder, onnxBackend, right } from '../runner/harness.js';
import { browserOrSkip, packedBrowser } from './chromium.js';
import { serve } from './site.js';

const TOKENS = 20;
const PROMPT = 'in the beginning';

const HAS_ADAPTER = 'navigator.gpu === undefined ? false : navigator.gpu.requestAdapter().then((adapter) => adapter !== null)';

type Library = typeof import('@huggingface/transformers');

/** Runs in the page. */
const generate = async ([device, prompt, tokens]: readonly ['wasm' | 'webgpu', string, number]): Promise<string> => {
  const library = '/transformers/dist/transformers.min.js';
  const { env, pipeline }: Library = await import(library);
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = '/models/';
  if (env.backends.onnx.wasm !== undefined) env.backends.onnx.wasm.wasmPaths = '/runtime/';
  const generator = await pipeline('text-generation', 'exported', { device });
  const [generated] = await generator(prompt, { max_new_tokens: tokens, do_sample: false });
  return String(generated?.generated_text);
};

describe('Transformers.js in a browser', function () {
  this.timeout(5 * 60_000);
  let browser: Browser;

  before(async function () {
    browser = await browserOrSkip(this);
  });

  after(() => browser?.close());

  for (const device of ['wasm', 'webgpu'] as const)
    it(`generates what is sampled at temperature 0, on ${device}`, async function () {
      const skipped = await inTemporaryFolder(async (folder) => {
        const tokenizer = right(namedEncoding('gpt2'));
        const model = { kind: 'gpt', layers: 3, heads: 4, width: 32, context: 64, bias: true, vocabulary: tokenizer.vocabulary } as const;
        const saved = { model, h: 2, parameters: randomParameters(model, model.vocabulary, 2), tokenizer };
        mkdirSync(join(folder, 'models'));
        right(putAt(join(folder, 'models', 'exported'), right(onnx(saved))));
        const library = dirname(dirname(createRequire(import.meta.url).resolve('@huggingface/transformers')));
        symlinkSync(library, join(folder, 'transformers'));
        symlinkSync(dirname(createRequire(join(library, 'package.json')).resolve('onnxruntime-web')), join(folder, 'runtime'));
        writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Transformers.js</title>');

        const backend = await onnxBackend();
        const asked = { backend, prompt: PROMPT, tokens: TOKENS, temperature: 0, topK: 0, seed: 1 };
        const { text } = right(await sampleFrom(saved, asked)());
        right(await backend.close()());
        const site = await serve(folder);
        try {
          const page = await browser.newPage();
          const elsewhere: string[] = [];
          page.on('request', (request) => {
            if (!request.url().startsWith(site.address) && /^https?:/.test(request.url())) elsewhere.push(request.url());
          });
          await page.goto(`${site.address}/index.html`);
          if (device === 'webgpu' && !packedBrowser && !(await page.evaluate(HAS_ADAPTER))) return true;
          assert.equal(await page.evaluate(generate, [device, PROMPT, TOKENS] as const), text);
          assert.deepEqual(elsewhere, []);
          await page.close();
          return false;
        } finally {
          site.close();
        }
      });
      if (!skipped) return;
      console.log('      skipped: the installed Chrome has no WebGPU here');
      this.skip();
    });
});
