/** Line searches in real runs: what they take, what they leave, and that a failed search leaves nothing behind. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../../src/backend.js';
import { MODEL_FILES } from '../../src/model/model-folder.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { adamw } from '../model/tiny.js';
import { inTemporaryFolder, onnxBackend, right, runWithEvents } from './harness.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const scheduleOf = (text: string, peak: number): Schedule =>
  right(
    verify({
      version: 1,
      setup: { ...tinySetup, optimizer: { ...adamw, learningRate: { ...adamw.learningRate, peak } }, seed: 5 },
      stages: stagesOf(text),
    }),
  );

interface Ran {
  readonly weights: Uint8Array;
  readonly alpha: readonly number[];
  readonly tries: readonly number[];
  readonly checkpoint: (step: number) => ReadonlyMap<string, ArrayLike<number>>;
  readonly updates: unknown;
}

describe('line searches on onnx-cpu', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  const ran = (text: string, peak: number): Promise<Ran> =>
    inTemporaryFolder(async (folder) => {
      const { result, events } = await runWithEvents(scheduleOf(text, peak), { backend, folder });
      assert.deepEqual(right(result).outcome, { kind: 'finished' });
      const searches = events.flatMap((event) => (event.kind === 'transferred' && event.search !== undefined ? [event.search] : []));
      const file = (step: number) =>
        right(decodeSafetensors(readFileSync(join(folder, RUN_FILES.checkpoints, `step-${String(step).padStart(8, '0')}.safetensors`))));
      const steps = events.flatMap((event) => (event.kind === 'checkpointed' ? [event.step] : []));
      const kept = new Map(steps.slice(-2).map((step) => [step, file(step)]));
      return {
        weights: readFileSync(join(folder, RUN_FILES.model, MODEL_FILES.weights)),
        alpha: searches.map(({ alpha }) => alpha),
        tries: searches.map(({ tries }) => tries),
        checkpoint: (step) => {
          const { tensors, metadata } = kept.get(step) ?? assert.fail(`no checkpoint ${step}`);
          const aliases: Readonly<Record<string, string>> = JSON.parse(metadata.aliases ?? '{}');
          return new Map(
            [...tensors.keys(), ...Object.keys(aliases)].map((name) => [name, (tensors.get(aliases[name] ?? name) ?? assert.fail()).data]),
          );
        },
        updates: JSON.parse(kept.get(steps.at(-1) ?? 0)?.metadata.updates ?? 'null'),
      };
    });

  it('takes the whole correction where it descends: the run is, to the bit, the one without a search', async () => {
    const with_ = await ran(
      'train(2) >> restrict(even, tau: 1) >> train(3) >> prolongate(correction: 1, lineSearch: 4) >> train(1)',
      0.003,
    );
    assert.deepEqual([with_.alpha, with_.tries], [[1], [1]]);
    const without = await ran('train(2) >> restrict(even, tau: 1) >> train(3) >> prolongate(correction: 1) >> train(1)', 0.003);
    assert.deepEqual(with_.weights, without.weights);
    assert.deepEqual(with_.checkpoint(6), without.checkpoint(6));
  });

  it('that fails: the fine level stays, shared layers, moments and counters with it, to the bit', async () => {
    // A rate at which nothing descends.
    const searched = await ran('train(1) >> restrict(average(2)) >> train(4) >> prolongate(correction: 1, lineSearch: 2)', 30);
    assert.deepEqual([searched.alpha, searched.tries], [[0], [2]]);
    assert.deepEqual(searched.weights, (await ran('train(1)', 30)).weights);
    const nested = 'train(1) >> restrict(average(2)) >> train(4) >> prolongate(correction: 1, lineSearch: 2)';
    const state = await ran(`${nested} >> restrict(even, h: keep) >> train(1) >> prolongate`, 30);
    const plain = await ran('train(1)', 30);
    const moved = state.checkpoint(6);
    // Layers that were not restricted again are as they were after the first step.
    for (const [name, values] of plain.checkpoint(1)) if (/^layers\.[13]\./.test(name)) assert.deepEqual(moved.get(name), values, name);
    const [updates] = state.updates as readonly Readonly<Record<string, number>>[];
    assert.deepEqual(updates, { shared: 2, 'layers.0': 1, 'layers.1': 1, 'layers.2': 1, 'layers.3': 1 });
  });

  it('halves until it descends: weights and shared layers by the same share', async () => {
    const before = 'train(1) >> restrict(even, tau: 1) >> train(4)';
    for (const peak of [0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6]) {
      const searched = await ran(`${before} >> prolongate(correction: 1, lineSearch: 12)`, peak);
      const [alpha] = searched.alpha;
      if (alpha === undefined || alpha === 1 || alpha === 0) continue;
      assert.equal(alpha, 2 ** (1 - (searched.tries[0] ?? 0)));
      const coarse = searched.checkpoint(5);
      const start = searched.checkpoint(1);
      const end = right(decodeSafetensors(searched.weights)).tensors;
      const expected = (name: string, level: string): number[] =>
        Array.from(
          start.get(name) ?? assert.fail(),
          (value, index) => value + alpha * ((coarse.get(level)?.[index] ?? Number.NaN) - value),
        );
      const close = (actual: ArrayLike<number> | undefined, wanted: readonly number[]): void =>
        assert.ok(wanted.every((value, index) => Math.abs((actual?.[index] ?? Number.NaN) - value) < 1e-5));
      close(
        end.get('wte.weight')?.data ?? end.get('transformer.wte.weight')?.data,
        expected('embedding.token.weight', 'embedding.token.weight'),
      );
      close(
        end.get('h.2.ln_1.weight')?.data ?? end.get('transformer.h.2.ln_1.weight')?.data,
        expected('layers.2.attention.norm.weight', 'level.1/layers.1.attention.norm.weight'),
      );
      return;
    }
    assert.fail('no rate was found at which a part of the correction descends');
  });
});
