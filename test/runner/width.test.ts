/** Runs between widths: what a stopped run leaves as its model, from the backend and from its checkpoint alike, and what tables say. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODEL_FILES, readModelFolder } from '../../src/model/model-folder.js';
import { planTable } from '../../src/report/plan/plan-table.js';
import { runTable } from '../../src/report/run/run-table.js';
import { decodeCheckpoint } from '../../src/runner/checkpoints/checkpoint.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { networkOfCheckpoint } from './checkpoint-network.js';
import { inTemporaryFolder, onnxBackend, right, runWithEvents } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const model = { kind: 'gpt', layers: 4, heads: 4, width: 8, context: 4, bias: true } as const;

const scheduleOf = (text: string): Schedule => ({ version: 1, setup: { ...tinySetup, model }, stages: stagesOf(text) });

describe('a run between widths', () => {
  for (const text of [
    'train(2) >> restrict(width(2)) >> train(4) >> prolongate >> train(1)',
    'restrict(compose(width(2), even)) >> train(1) >> restrict(average(2)) >> restrict(width(2)) >> train(4) >> repeat(3, prolongate)',
    'restrict(compose(width(2, pairing: halves), average(2, pairing: halves))) >> train(1) >> restrict(width(2)) >> train(4) >> repeat(2, prolongate)',
    'train(2) >> restrict(compose(width(2), width(2, pairing: halves))) >> train(4) >> prolongate >> train(1)',
    '( restrict(width(4)) >> train(1) >> prolongate(correction: 0.5) | restrict(width(2)) >> train(4) >> prolongate ) >> train(1)',
  ])
    it(`stopped in ${text}: the model from the backend is the one from the checkpoint`, () =>
      inTemporaryFolder(async (folder) => {
        const schedule = scheduleOf(text);
        const backend = await onnxBackend();
        const controller = new AbortController();
        const { result } = await runWithEvents(schedule, {
          backend,
          folder,
          signal: controller.signal,
          listener: (event) => {
            if (event.kind === 'step' && event.step === 4) controller.abort();
          },
        });
        const { outcome } = right(result);
        assert.deepEqual(outcome.kind, 'interrupted');
        const saved = right(decodeCheckpoint(readFileSync(join(folder, RUN_FILES.checkpoints, 'step-00000004.safetensors'))));
        const fromCheckpoint = await networkOfCheckpoint(saved, { backend, schedule, model: { ...model, vocabulary: VOCABULARY } });
        assert.equal(backend.memory().held, 0);
        right(await backend.close()());
        const files = Object.values(MODEL_FILES).map((name): [string, Uint8Array] => [
          name,
          readFileSync(join(folder, RUN_FILES.model, name)),
        ]);
        const { parameters, model: written } = right(readModelFolder(new Map(files)));
        assert.deepEqual([written.layers, written.heads, written.width], [4, 4, 8]);
        assert.equal(fromCheckpoint.parameters.size, parameters.size);
        for (const [name, { shape, data }] of fromCheckpoint.parameters) {
          const other = parameters.get(name) ?? assert.fail(name);
          assert.deepEqual(shape, other.shape, name);
          data.forEach((value, index) => {
            assert.ok(Math.abs(value - (other.data[index] ?? Number.NaN)) < 1e-6, `${name}[${index}]`);
          });
        }
      }));

  it('is told in tables of 80 characters, with the width', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await onnxBackend();
      const { result } = await runWithEvents(scheduleOf('restrict(compose(even, width(2))) >> train(2) >> prolongate'), {
        backend,
        folder,
      });
      right(await backend.close()());
      const { plan, stages } = right(result);
      const [planned, ran] = [planTable(plan), runTable(stages, plan)];
      assert.match(planned, /layers heads width h/);
      assert.match(ran, /2×4/);
      for (const table of [planned, ran]) {
        const lines = table.split('\n\n')[0]?.split('\n') ?? [];
        assert.ok(
          lines.every((line) => line.length <= 80),
          table,
        );
      }
    }));
});
