/** Sampling: how a token is drawn from logits, and text from what a run saved. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend } from '../../src/backend.js';
import { joined } from '../../src/byte-pieces.js';
import { textDataset } from '../../src/data/dataset.js';
import { stream } from '../../src/data/random.js';
import { characterTokenizer } from '../../src/data/tokenizers/characters.js';
import { namedEncoding } from '../../src/data/tokenizers/tiktoken.js';
import { logitsProgram } from '../../src/model/level-programs.js';
import { packModelFile } from '../../src/model/model-file.js';
import { writeModelFolder } from '../../src/model/model-folder.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/model/safetensors.js';
import { draw } from '../../src/runner/draw.js';
import type { SampleOptions } from '../../src/runner/run-rules.js';
import { sample } from '../../src/runner/sample.js';
import { sampleFrom } from '../../src/runner/sampler.js';
import { runOn } from '../backends/run-on.js';
import { datasetOf, twoLevels } from '../backends/two-levels.js';
import { plainLogits } from '../huggingface/plain-gpt.js';
import { randomParameters } from '../huggingface/random-model.js';
import { inTemporaryFolder, onnxBackend, right, runWithEvents } from './harness.js';

const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 12 });

describe('drawing a token', () => {
  it('at temperature 0 takes the likeliest, whatever the dice', () => {
    fc.assert(
      fc.property(logits, fc.nat(12), (values, topK) => {
        const token = draw(values, { temperature: 0, topK }, () => assert.fail('nothing is drawn'));
        assert.equal(values[token], Math.max(...values));
      }),
    );
  });

  it('draws from the k likeliest only', () => {
    fc.assert(
      fc.property(
        logits,
        fc.integer({ min: 1, max: 12 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (values, topK, dice) => {
          const token = draw(values, { temperature: 1, topK }, () => dice);
          assert.ok(values.filter((value) => value > (values[token] ?? Number.NaN)).length < topK);
        },
      ),
    );
  });

  it('draws from the likeliest that together have the probability p, and from no more', () => {
    const values = [5, 2, 1, 1, 1].map(Math.log);
    const drawn = (topP: number, topK = 0): readonly number[] => {
      const random = stream(1, 'draw');
      const seen = new Set(Array.from({ length: 500 }, () => draw(values, { temperature: 1, topK, topP }, () => random.uniform())));
      return [...seen].sort((a, b) => a - b);
    };
    assert.deepEqual(drawn(0.4), [0]);
    assert.deepEqual(drawn(0.5), [0]);
    assert.deepEqual(drawn(0.51), [0, 1]);
    assert.deepEqual(drawn(1), [0, 1, 2, 3, 4]);
    // Among the two likeliest, 5/7 and 2/7.
    assert.deepEqual(drawn(0.71, 2), [0]);
    assert.deepEqual(drawn(0.72, 2), [0, 1]);
  });

  it('draws in proportion to exp(logit/temperature)', () => {
    const values = [Math.log(1), Math.log(2), Math.log(5)];
    for (const [temperature, shares] of [
      [1, [1 / 8, 2 / 8, 5 / 8]],
      [0.5, [1 / 30, 4 / 30, 25 / 30]],
    ] as const) {
      const random = stream(1, 'draw');
      const counts = [0, 0, 0];
      for (let trial = 0; trial < 20_000; trial++) {
        const token = draw(values, { temperature, topK: 0 }, () => random.uniform());
        counts[token] = (counts[token] ?? 0) + 1;
      }
      counts.forEach((count, token) => {
        assert.ok(Math.abs(count / 20_000 - (shares[token] ?? 0)) < 0.015, `${counts}`);
      });
    }
  });
});

describe('text from a run folder', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  const from = (folder: string, options: Partial<SampleOptions> = {}) =>
    pipe(
      sample({ folder, backend, prompt: 'the sea', tokens: 12, temperature: 0.8, topK: 0, seed: 1, ...options }),
      TE.map(({ text }) => text),
    )();

  it('continues the prompt past the context, by seed; from the run folder and from its model folder alike; and gives back what it took', () =>
    inTemporaryFolder(async (folder) => {
      right((await runWithEvents(twoLevels, { backend, folder, dataset: datasetOf() })).result);
      const text = right(await from(folder));
      assert.equal(text.length, 'the sea'.length + 12);
      assert.match(text, /^the sea[ a-z,.]{12}$/);
      assert.equal(right(await from(folder)), text);
      assert.equal(right(await from(join(folder, 'model'))), text);
      assert.notEqual(right(await from(folder, { seed: 2 })), text);
      assert.equal(right(await from(folder, { tokens: 0 })), 'the sea');
      assert.equal(right(await from(folder, { temperature: 0, seed: 3 })), right(await from(folder, { temperature: 0, seed: 4 })));
      assert.equal(backend.memory().held, 0);
    }));

  it('at temperature 0 is what a pass over the whole window says of each token, within the context and beyond it', async () => {
    const tokenizer = characterTokenizer('abcdefghijklmnopqrstuvwxyz ');
    const model = { kind: 'gpt', layers: 3, heads: 2, width: 16, context: 12, bias: true, vocabulary: tokenizer.vocabulary } as const;
    const parameters = randomParameters(model, model.vocabulary, 3);
    const program = logitsProgram(model, { layers: model.layers, h: 2 }, 1);
    const text = [...right(tokenizer.encode('the sea'))];
    const added = model.context + 3;
    for (let count = 0; count < added; count++) {
      const window = text.slice(-model.context);
      const padded = Array.from({ length: model.context }, (_, place) => window[place] ?? 0);
      const given = program.inputs.map(({ name }) => parameters.get(name)?.data ?? padded);
      const [logits = []] = await runOn(backend)(program, given);
      const last = Array.from(logits).slice((window.length - 1) * model.vocabulary, window.length * model.vocabulary);
      text.push(last.indexOf(Math.max(...last)));
    }
    assert.ok(new Set(text).size > 8, 'a text that says nothing');
    const options = { backend, prompt: 'the sea', tokens: added, temperature: 0, topK: 0, seed: 1 };
    assert.equal(right(await sampleFrom({ model, h: 2, parameters, tokenizer }, options)()).text, tokenizer.decode(text));
  });

  it('ends before what it is told to stop at, wherever in the text the model comes to write it', () =>
    inTemporaryFolder(async (folder) => {
      right((await runWithEvents(twoLevels, { backend, folder, dataset: datasetOf() })).result);
      const text = right(await from(folder));
      const written = text.slice('the sea'.length);
      const stop = written.slice(4, 6);
      assert.equal(right(await from(folder, { stop })), text.slice(0, 'the sea'.length + written.indexOf(stop)));
      // The prompt may hold it.
      assert.ok(right(await from(folder, { stop: 'the sea', prompt: 'the sea' })).startsWith('the sea'));
      assert.equal(right(await from(folder, { stop: 'QX' })), text);
    }));

  it('of weights that are not finite there is none: another model has to be named, in one sentence', () =>
    inTemporaryFolder(async (folder) => {
      right((await runWithEvents(twoLevels, { backend, folder, dataset: datasetOf() })).result);
      const file = join(folder, 'model', 'model.safetensors');
      const { tensors, metadata } = right(decodeSafetensors(readFileSync(file)));
      const weights = tensors.get('transformer.h.1.mlp.c_fc.weight') ?? assert.fail();
      weights.data[0] = Number.POSITIVE_INFINITY;
      writeFileSync(file, joined(encodeSafetensors(tensors, metadata)));
      const sampled = await from(folder);
      assert.ok(E.isLeft(sampled));
      assert.equal(sampled.left.kind, 'input');
      assert.match(
        sampled.left.message,
        /: model\.safetensors: a model's weights must be finite \(1 of \d+ weights is not finite, in transformer\.h\.1\.mlp\.c_fc\.weight\); name one whose training did not diverge$/,
      );
    }));

  it('continues from a model file as from the folder that was packed into it', () =>
    inTemporaryFolder(async (folder) => {
      right((await runWithEvents(twoLevels, { backend, folder, dataset: datasetOf() })).result);
      const names = readdirSync(join(folder, 'model'));
      const packed = joined(right(packModelFile(new Map(names.map((name) => [name, readFileSync(join(folder, 'model', name))])))));
      const file = join(folder, 'trained.safetensors');
      writeFileSync(file, packed);
      assert.equal(right(await from(file)), right(await from(folder)));
      writeFileSync(file, packed.subarray(0, 100));
      const torn = await from(file);
      assert.ok(E.isLeft(torn) && torn.left.message.startsWith(`${file}: safetensors: `), JSON.stringify(torn));
    }));

  it('without a prompt begins with a line break, or with the first character of a text that has none', () =>
    inTemporaryFolder(async (folder) => {
      for (const [name, text, opening] of [
        ['lines', 'the sea\nhe saw\n', '\n'],
        ['one line', 'the sea, he saw the sea. ', ' '],
        ['DNA', 'GATTACA', 'A'],
      ] as const) {
        const dataset = right(textDataset(text.repeat(60), { source: name, heldOut: 0.2, context: twoLevels.setup.model.context }));
        const home = join(folder, name);
        right((await runWithEvents({ ...twoLevels, stages: [{ kind: 'train', steps: 1 }] }, { backend, folder: home, dataset })).result);
        const sampled = right(await sample({ folder: home, backend, tokens: 12, temperature: 0.8, topK: 0, seed: 1 })());
        assert.equal(sampled.prompt, opening);
        assert.ok(sampled.text.startsWith(opening) && sampled.text.length === 13, JSON.stringify(sampled));
      }
    }));

  it('without a prompt is a document from its beginning where documents were kept separate, which its model folder says', () =>
    inTemporaryFolder(async (folder) => {
      const tokenizer = right(namedEncoding('gpt2'));
      const model = { ...twoLevels.setup.model, kind: 'gpt', bias: true, vocabulary: tokenizer.vocabulary } as const;
      const saved = {
        model,
        h: 1,
        parameters: randomParameters(model, tokenizer.vocabulary, 5),
        tokenizer,
        documents: 'separate',
      } as const;
      const files = writeModelFolder(saved);
      mkdirSync(join(folder, 'model'));
      for (const [name, bytes] of files) writeFileSync(join(folder, 'model', name), joined(bytes));
      const how = { backend, tokens: 4, temperature: 0, topK: 0, seed: 1 };
      const likeliest = [tokenizer.endOfText ?? assert.fail()];
      for (let token = 0; token < how.tokens; token++) {
        const logits = plainLogits(saved.parameters, model, 1, likeliest).at(-1) ?? assert.fail();
        likeliest.push(logits.indexOf(Math.max(...logits)));
      }
      assert.ok(!likeliest.slice(1).includes(likeliest[0] ?? 0), 'the model ends at once; take another seed');
      assert.deepEqual(right(await sample({ folder, ...how })()), { prompt: '', text: tokenizer.decode(likeliest.slice(1)) });
      const together = right(await sampleFrom({ ...saved, documents: undefined }, how)());
      assert.equal(together.prompt, '\n');
      assert.equal(right(await sample({ folder, backend, prompt: 'a', tokens: 1, temperature: 0, topK: 0, seed: 1 })()).text[0], 'a');
    }));

  it('says what is wrong with a prompt or a folder', () =>
    inTemporaryFolder(async (folder) => {
      right((await runWithEvents(twoLevels, { backend, folder, dataset: datasetOf() })).result);
      const says = async (options: Partial<SampleOptions>, expected: RegExp): Promise<void> => {
        const result = await from(folder, options);
        assert.ok(E.isLeft(result), 'it was accepted');
        assert.equal(result.left.kind, 'input');
        assert.match(result.left.message, expected);
      };
      await says({ prompt: '' }, /^the prompt must hold at least one character/);
      await says(
        { prompt: 'the Sea' },
        /^the prompt: character 5 of the text, "S" \(U\+0053\), is not among .*; write it with characters of the text that the model was trained on$/,
      );
      await says({ folder: join(folder, 'nowhere') }, /nowhere is not there; name a run folder, a model folder or a model file$/);
      rmSync(join(folder, 'model', 'model.safetensors'));
      await says({}, /\S+: model\.safetensors: the model folder must hold this file; save the model again or name another folder$/);
      const theirs = join(folder, 'theirs');
      mkdirSync(theirs);
      writeFileSync(join(theirs, 'config.json'), '{"model_type":"gpt2"}');
      await says(
        { folder: theirs },
        /theirs: vcycle\.json must be beside config\.json, .* can begin a run \(--initial \S+theirs\), whose model has it$/,
      );
      await says(
        { folder: join(folder, 'checkpoints') },
        /checkpoints: neither a run nor a model is there; name a run folder, a model folder/,
      );
      for (const name of readdirSync(join(folder, 'model'))) rmSync(join(folder, 'model', name));
      await says({}, /: the run has not ended and has saved no model; let it end, resume it, or name another folder$/);
      const summary = join(folder, 'summary.json');
      const outcome = { kind: 'diverged', stage: 0, step: 1, found: 'a loss of NaN', message: 'a loss of NaN' };
      writeFileSync(summary, JSON.stringify({ ...JSON.parse(readFileSync(summary, 'utf8')), outcome }));
      const diverged = await from(folder);
      assert.ok(E.isLeft(diverged) && diverged.left.kind === 'run');
      assert.match(diverged.left.message, /: the run diverged and has saved no model; name one whose training did not diverge$/);
    }));

  it('holds what a model folder says of itself against its weights before it makes anything of that size', () =>
    inTemporaryFolder(async (folder) => {
      right((await runWithEvents(twoLevels, { backend, folder, dataset: datasetOf() })).result);
      const path = join(folder, 'model', 'vcycle.json');
      const own = JSON.parse(readFileSync(path, 'utf8'));
      const says = async (change: object, expected: RegExp): Promise<void> => {
        writeFileSync(path, JSON.stringify({ ...own, ...change }));
        const result = await from(folder);
        assert.ok(E.isLeft(result), 'it was accepted');
        assert.equal(result.left.kind, 'input');
        assert.match(result.left.message, expected);
      };
      const model = (change: object): object => ({ model: { ...own.model, ...change } });
      await says(model({ layers: 3e7 }), /vcycle\.json: model\.layers must be an integer <= \d+ \(was 30000000\); save the model again/);
      await says(
        model({ layers: 1000 }),
        /vcycle\.json: model\.layers must be those of the weights, which have \d+ tensors in all \(was 1000\)/,
      );
      await says(model({ kind: 'bert' }), /vcycle\.json: model\.kind must be gpt or llama \(was "bert"\)/);
      await says(model({ width: 2 ** 40 }), /vcycle\.json: model\.width must be an integer <= \d+ \(was 1099511627776\)/);
      await says(model({ layers: own.model.layers + 1 }), /the tensor transformer\.h\.\d+\.ln_1\.weight is missing/);
      await says(model({ heads: 3 }), /vcycle\.json: model\.heads must divide the width \d+ \(was 3\); change one of them/);
      await says(model({ width: 2 ** 29 }), /transformer\.wte\.weight: the shape must be/);
      await says(model({ context: 2 ** 29 }), /transformer\.wpe\.weight: the shape must be/);
      await says(model({ vocabulary: 3 }), /vcycle\.json: the tokenizer must have at most the model's 3 tokens \(was \d+\)/);
      await says({ tokenizer: { kind: 'characters', characters: 'aa' } }, /vcycle\.json: tokenizer: "characters" holds a character twice/);
    }));

  it('never draws a token that its tokenizer does not know, where the vocabulary is larger', () =>
    inTemporaryFolder(async (folder) => {
      right((await runWithEvents(twoLevels, { backend, folder, dataset: datasetOf() })).result);
      const path = join(folder, 'model', 'vcycle.json');
      const own = JSON.parse(readFileSync(path, 'utf8'));
      writeFileSync(path, JSON.stringify({ ...own, tokenizer: { kind: 'characters', characters: 'aehst ' } }));
      assert.match(right(await from(folder, { prompt: 'the sea', temperature: 50, tokens: 40 })), /^the sea[aehst ]{40}$/);
    }));
});
