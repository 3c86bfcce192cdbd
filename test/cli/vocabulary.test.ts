/** The vocabularies of several pipelines: data that they have in common are read once. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { adamw, gpt, pipeline, text } from '../../dsl/index.js';
import type { NamedPipeline } from '../../src/cli/pipeline/load-pipeline.js';
import { vocabulariesOf } from '../../src/cli/pipeline/vocabulary.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { rightOf } from '../schedule/results.js';
import { CORPUS, inFolder } from './vcycle.js';

const named = (source: string, context: number): NamedPipeline => {
  const model = gpt({ layers: 2, heads: 2, width: 8, context });
  const given = pipeline({ model, data: text(source), optimizer: adamw(), batch: 2, seed: 1 }, 'train(3)');
  return { name: 'a', schedule: rightOf(verify(given)), inText: false };
};

describe('the vocabularies of several pipelines', () => {
  it('are of data that are read once, where these and the context are the same', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (folder) => {
      const source = join(folder, 'corpus.txt');
      const vocabularyOf = vocabulariesOf();
      const first = rightOf(await vocabularyOf(named(source, 4))());
      assert.equal(first, new Set(CORPUS).size);
      rmSync(source);
      assert.equal(rightOf(await vocabularyOf(named(source, 4))()), first);
      assert.ok(E.isLeft(await vocabularyOf(named(source, 5))()));
      assert.ok(E.isLeft(await vocabulariesOf()(named(source, 4))()));
    }));
});
