/** The validators that the build compiles say what the ones say that are compiled at the first use. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import { compiling } from '../../src/schedule/json/compiling.js';
import { modelSchema, scheduleSchema } from '../../src/schedule/json/json-schema.js';
import { precompiled } from '../../src/schedule/json/precompiled.js';
import { seeded } from '../sweep/jobs.js';

const good = seeded(1);
const values: readonly unknown[] = [
  good,
  null,
  { ...good, stages: [] },
  { ...good, setup: { ...good.setup, batch: 0 } },
  { ...good, setup: { ...good.setup, model: { ...good.setup.model, kind: 'gtp' } } },
  { ...good, setup: { ...good.setup, data: { kind: 'text', source: '', tokenizer: 'characters', heldOut: 0.1 } } },
  { ...good, extra: 1 },
  good.setup.model,
  { ...good.setup.model, layers: 'two' },
];

describe('validators that the build compiles', () => {
  it('give the verdicts and the first errors of those that are compiled at the first use', async () => {
    const file = new URL(`../../src/schedule/json/precompiled-${process.pid}.js`, import.meta.url);
    writeFileSync(file, precompiled());
    try {
      const built = await import(file.href);
      const errorOf = (validate: ValidateFunction, value: unknown) => {
        const [{ keyword, instancePath, params } = {}] = validate(value) ? [] : (validate.errors ?? []);
        return { keyword, instancePath, params };
      };
      for (const [now, then] of [
        [compiling(scheduleSchema, () => Ajv)(), built.scheduleValidator()],
        [compiling(modelSchema, () => Ajv)(), built.modelValidator()],
      ] as const) {
        assert.notEqual(now, then);
        for (const value of values) assert.deepEqual(errorOf(then, value), errorOf(now, value));
      }
      assert.ok(built.scheduleValidator()(good));
    } finally {
      rmSync(fileURLToPath(file));
    }
  });
});
