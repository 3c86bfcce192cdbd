/**
 * What the library's functions are given, in a program that nothing type-checks: an option that is unknown, missing or of another kind is a
 * sentence, and nothing throws.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createNull } from '../../backends/null/index.js';
import { adamw, gpt, pipeline, text, tokens, train } from '../../dsl/index.js';
import {
  loadDataset,
  MemoryFolder,
  onDisk,
  orThrow,
  parse,
  plan,
  type Result,
  resume,
  run,
  sample,
  textDataset,
  tokensDataset,
} from '../../src/index.js';
import { inTemporaryFolder } from './harness.js';

type Loose = (...given: readonly unknown[]) => unknown;

const setup = { model: gpt({ layers: 1, heads: 1, width: 4, context: 4 }), data: tokens(7), optimizer: adamw(), batch: 1, seed: 1 };
const schedule = pipeline(setup, train(1));
const dataset = tokensDataset(7);

/** Of a result, or a promise of one. */
const messageOf = async (given: unknown): Promise<string> => {
  const result = (await given) as Result<unknown>;
  if (result.ok) assert.fail('nothing was refused');
  assert.equal(result.fault.kind, 'input');
  return result.fault.message;
};

const not = (...holds: readonly ((value: unknown) => boolean)[]) =>
  fc
    .oneof(fc.constantFrom<unknown>(null, true, '5', '', [], {}, new Map(), Number.NaN, -1, 0.5, Symbol('x'), 7n), fc.anything())
    .filter((value) => value !== undefined && !holds.some((hold) => hold(value)));

const isInteger = (least: number) => (value: unknown) => Number.isInteger(value) && (value as number) >= least;
const isText = (value: unknown) => typeof value === 'string';
const isFunction = (value: unknown) => typeof value === 'function';
const isEmptyList = (value: unknown) => Array.isArray(value) && value.every(isFunction);

interface Case {
  readonly of: string;
  readonly call: (options: unknown) => unknown;
  readonly options: Readonly<Record<string, unknown>>;
  /** What may not be left out, and of every option what it may not be. */
  readonly needed: readonly string[];
  readonly wrong: Readonly<Record<string, fc.Arbitrary<unknown>>>;
}

describe('the options of the library', () => {
  let cases: readonly Case[] = [];

  before(async () => {
    const backend = orThrow(await createNull());
    const folder = new MemoryFolder();
    const controls = { backend, listeners: [], checkpoints: { every: 100, keep: 2 } };
    const wrongControls = {
      backend: not(),
      listeners: not(isEmptyList),
      signal: not(),
      planned: not(isFunction),
      checkpoints: not(),
      folder: not(),
    };
    const loose = { run, resume, sample, plan, loadDataset, textDataset } as unknown as Readonly<Record<string, Loose>>;
    const called = (of: string, ...before: readonly unknown[]) => ({ of, call: (options: unknown) => loose[of]?.(...before, options) });
    cases = [
      {
        ...called('run', schedule, dataset),
        options: { ...controls, folder },
        needed: ['backend', 'folder'],
        wrong: wrongControls,
      },
      {
        ...called('resume', dataset),
        options: { ...controls, folder: onDisk('nowhere') },
        needed: ['backend', 'folder'],
        wrong: { ...wrongControls, schedule: not() },
      },
      {
        ...called('sample'),
        options: { folder: 'nowhere', backend, tokens: 1, temperature: 0, topK: 0, seed: 1 },
        needed: ['folder', 'backend', 'tokens', 'temperature', 'topK', 'seed'],
        wrong: {
          folder: not(isText),
          backend: not(),
          prompt: not(isText),
          tokens: not(isInteger(0)),
          temperature: not((value) => typeof value === 'number' && value >= 0 && value < Infinity),
          topK: not(isInteger(0)),
          seed: not(isInteger(0)),
          signal: not(),
        },
      },
      {
        ...called('plan', schedule, dataset),
        options: { backend },
        needed: ['backend'],
        wrong: { backend: not() },
      },
      { ...called('loadDataset', tokens(7)), options: { context: 4 }, needed: ['context'], wrong: { context: not(isInteger(1)) } },
      {
        ...called('textDataset', 'ab'.repeat(99)),
        options: { source: 'a.txt', heldOut: 0.1, context: 4 },
        needed: ['source', 'heldOut', 'context'],
        wrong: {
          source: not(isText),
          heldOut: not((value) => typeof value === 'number' && value > 0 && value < 1),
          context: not(isInteger(1)),
        },
      },
    ];
  });

  it('that are missing, unknown or wrong are refused, each by name', async () => {
    assert.equal(cases.length, 6);
    for (const { of, call, options, needed, wrong } of cases) {
      for (const value of [undefined, null, 5, 'x', [], new Map(), () => options])
        assert.match(await messageOf(call(value)), new RegExp(`^the options of ${of} must be an object with any of `));
      for (const option of needed) {
        const { [option]: _, ...others } = options;
        assert.match(await messageOf(call(others)), new RegExp(`^${of} needs the option ${option}, which must be `));
      }
      for (const [option, values] of Object.entries(wrong)) {
        assert.match(
          await messageOf(call({ ...options, [`${option}x`]: 1 })),
          new RegExp(`^unknown option "${option}x" of ${of}, .*the nearest word is ${option}$`),
        );
        await fc.assert(
          fc.asyncProperty(values, async (value) => {
            const message = await messageOf(call({ ...options, [option]: value }));
            assert.ok(message.startsWith(`${of}: ${option} must be `) || option === 'schedule', message);
          }),
          { numRuns: 15 },
        );
      }
    }
  });

  it('that are right, or undefined, are taken', async () => {
    await inTemporaryFolder(async () => {
      for (const { of, call, options } of cases) {
        if (of === 'resume' || of === 'sample') continue;
        orThrow((await call({ ...options, signal: undefined, nothing: undefined })) as Result<unknown>);
      }
    });
  });

  it('checkpoints, data and texts are held to what they must be, too', async () => {
    const [running] = cases;
    assert.ok(running !== undefined);
    for (const checkpoints of [{ every: 0, keep: 1 }, { every: 5 }, { evry: 5, keep: 1 }, 50])
      assert.match(
        await messageOf(running.call({ ...running.options, checkpoints })),
        /^run: checkpoints must be an object of integers >= 1, such as \{ every: 100, keep: 2 \} \(was /,
      );
    const loose = { run, resume, plan, loadDataset, textDataset, parse } as unknown as Readonly<Record<string, Loose>>;
    for (const data of [null, 'corpus.txt', 5, {}]) {
      assert.match(
        await messageOf(loose.run?.(schedule, data, running.options)),
        /^run: the data must be a dataset, which await loadDataset/,
      );
      assert.match(await messageOf(loose.plan?.(schedule, data, {})), /^plan: the data must be a dataset, which await loadDataset/);
      assert.match(await messageOf(loose.resume?.(data, running.options)), /^resume: the data must be a dataset, which await loadDataset/);
      assert.match(
        await messageOf(loose.loadDataset?.(data, { context: 4 })),
        /^loadDataset: the data must be text\(…\) or tokens\(…\) \(was /,
      );
    }
    assert.equal(
      await messageOf(loose.loadDataset?.((text as unknown as Loose)('corpus.txt', 0.3), { context: 4 })),
      'the options of text must be an object with any of heldOut, tokenizer, field, documents (was 0.3)',
    );
    assert.equal(
      await messageOf(loose.loadDataset?.({ ...text('corpus.txt'), heldOut: '0.3' }, { context: 4 })),
      'loadDataset\'s data: heldOut must be a number > 0 and < 1 (was "0.3")',
    );
    assert.equal(await messageOf(loose.textDataset?.(5, {})), 'textDataset: the text must be a text (was 5)');
    for (const value of [null, 5, ['train(3)']])
      assert.match(await messageOf(loose.parse?.(value)), /^the pipeline must be a text or stages \(was /);
  });
});
