/** Options of the text form: a wrong number is reported under the option that gave it, whichever it is; in a file, under its path. */
import assert from 'node:assert/strict';
import { Option } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { PipelineOptions } from '../../src/cli/options/pipeline-options.js';
import { inFlags, nameFlags, numberFlags, wordFlags } from '../../src/cli/options/text-flags.js';
import { namingFlags, textOptionsGiven, textPipeline } from '../../src/cli/pipeline/text-pipeline.js';
import { type Fault, inputFault } from '../../src/fault.js';
import { verify } from '../../src/schedule/verify/verify.js';

const sizes = { layers: 2, width: 16, heads: 2, context: 16, batch: 4, bias: true, set: {} } as const;
const ofTokens: PipelineOptions = { ...sizes, vocabulary: 11 };
const ofText: PipelineOptions = { ...sizes, data: 'corpus.txt' };

/** No value that an option may give is below zero. */
const WRONG = -1;

const faultOf = (base: PipelineOptions, name: string, value: number, more: Partial<PipelineOptions> = {}): Fault =>
  pipe(
    textPipeline('train(1)', { ...base, ...more, [name]: value }),
    E.chain(verify),
    E.match(
      (fault) => fault,
      () => assert.fail(`${name} ${value} was taken`),
    ),
  );

describe('options of the text form', () => {
  for (const { flags, gives } of numberFlags) {
    const option = new Option(flags);
    const name = option.attributeName();
    // Some are of one rule alone, and a Llama has sizes of its own.
    const ofLlama = ['keyValueHeads', 'hidden', 'theta', 'normEpsilon'].includes(name);
    const rule: Partial<PipelineOptions> = name === 'momentum' ? { optimizer: 'sgd' } : name === 'restRate' ? { optimizer: 'muon' } : {};
    const base: Partial<PipelineOptions> = name.startsWith('base') ? { parametrisation: 'completeP' } : {};
    const more: Partial<PipelineOptions> = { ...rule, ...base, ...(ofLlama ? { model: 'llama' } : {}) };
    for (const path of gives)
      it(`${option.long} is named where ${path} is wrong`, () => {
        const base = path.startsWith('setup.data.') && name !== 'heldOut' ? ofTokens : ofText;
        const fault = faultOf(base, name, WRONG, more);
        assert.equal(fault.about, path);
        assert.ok(fault.message.startsWith(`${path} must be `), fault.message);
        assert.equal(inFlags(fault).message, `${option.long}${fault.message.slice(path.length)}`);
      });
  }

  it('are named once only, and nothing else of the sentence is touched', () => {
    const fault = inputFault('stage 1: setup.batch is $& (setup.batch was 0)', 'setup.batch');
    assert.equal(inFlags(fault).message, 'stage 1: --batch is $& (setup.batch was 0)');
    const foreign = inputFault('column 1: unknown stage "setup.batch"');
    assert.equal(inFlags(foreign), foreign);
  });

  it('are named only where there are any: a file says its paths', async () => {
    const fault = inputFault('setup.batch must be an integer >= 1 (was 0)', 'setup.batch');
    const said = async (options: PipelineOptions) => namingFlags(options)(TE.left<Fault, never>(fault))();
    assert.deepEqual(await said({ bias: true, set: {} }), E.left(fault));
    assert.deepEqual(await said({ ...ofTokens, batch: 0 }), E.left({ ...fault, message: '--batch must be an integer >= 1 (was 0)' }));
  });

  it('count as given, each of them: a file is refused beside any', () => {
    const flags = [...numberFlags, ...wordFlags, ...nameFlags].map((flag) => new Option(flag.flags));
    for (const option of flags) assert.deepEqual(textOptionsGiven({ bias: true, set: {}, [option.attributeName()]: 0 }), [option.long]);
    assert.deepEqual(textOptionsGiven({ bias: false, set: { n: 1 } }), ['--no-bias', '--set']);
    assert.deepEqual(textOptionsGiven({ bias: true, untied: true, queryKeyNorm: true, set: {} }), ['--untied', '--query-key-norm']);
  });

  it('of another family are refused by name', () => {
    const says = (more: Partial<PipelineOptions>): string =>
      pipe(
        textPipeline('train(1)', { ...ofTokens, ...more }),
        E.match(
          ({ message }) => message,
          () => assert.fail('taken'),
        ),
      );
    for (const [given, flag] of [
      [{ hidden: 8 }, '--hidden'],
      [{ keyValueHeads: 1 }, '--key-value-heads'],
      [{ theta: 5 }, '--theta'],
      [{ normEpsilon: 1 }, '--norm-epsilon'],
      [{ untied: true }, '--untied'],
      [{ queryKeyNorm: true }, '--query-key-norm'],
    ] as const)
      assert.equal(says(given), `${flag} goes with --model llama; choose that or leave it out`);
    for (const [given, flag] of [
      [{ bias: false }, '--no-bias'],
      [{ gelu: 'tanh' }, '--gelu'],
    ] as const)
      assert.equal(says({ model: 'llama', ...given }), `${flag} goes with --model gpt; choose that or leave it out`);
  });
});
