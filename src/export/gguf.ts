/**
 * A model as one GGUF file for llama.cpp: the tensors of Hugging Face's class, with h folded in, converted as llama.cpp's own converter
 * does. Not here: the format (`gguf-file.ts`), names (`src/model/gguf-naming.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import type { Bytes } from '../byte-pieces.js';
import { inputFault } from '../fault.js';
import { familyOf } from '../model/families.js';
import { type Parameter, toHuggingFace } from '../model/hugging-face.js';
import { namingOf } from '../model/naming.js';
import type { Exporter } from './export-format.js';
import { type GgufFileTensor, type GgufValue, ggufFile } from './gguf-file.js';
import { ggufTokenizer } from './gguf-tokenizer.js';

/** llama.cpp's file type for 32-bit float matrices. */
const ALL_F32 = 0;

/** [in, out] → [out, in]. */
const transposed = ({ shape, data }: Parameter): GgufFileTensor => {
  const [inputs = 0, outputs = 0] = shape;
  const turned = new Float32Array(data.length);
  for (let row = 0; row < inputs; row++)
    for (let column = 0; column < outputs; column++) turned[column * inputs + row] = data[row * outputs + column] ?? Number.NaN;
  return { shape: [outputs, inputs], data: turned };
};

/** The rows of each head in the order in which the units that are turned together are adjacent: 0, half, 1, half + 1, … */
const paired = ({ shape, data }: Parameter, heads: number): GgufFileTensor => {
  const [rows = 0, columns = 1] = shape;
  const size = rows / heads;
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const [head, unit] = [Math.floor(row / size), row % size];
    const from = head * size + Math.floor(unit / 2) + (unit % 2) * (size / 2);
    turned.set(data.subarray(from * columns, (from + 1) * columns), row * columns);
  }
  return { shape, data: turned };
};

/**
 * A model may have more tokens than its tokenizer. The extra ones represent no text and are never sampled, which llama.cpp has no way to
 * express, so their rows are dropped.
 */
const firstRows = ({ shape: [, columns = 0], data }: Parameter, rows: number): GgufFileTensor => ({
  shape: [rows, columns],
  data: data.subarray(0, rows * columns),
});

export const gguf: Exporter = ({ model, h, parameters, tokenizer }) => {
  const named = familyOf(model).gguf;
  if (named === undefined) return E.left(inputFault(`llama.cpp runs no model of the family ${model.kind}; export it to another format`));
  if (tokenizer === undefined)
    return E.left(inputFault('a GGUF file must have a tokenizer, and a model of random tokens has none; train one on a text'));
  const vocabulary = ggufTokenizer(tokenizer);
  if (E.isLeft(vocabulary)) return vocabulary;
  const architecture = named.architecture(model);
  const values = new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: architecture }],
    ['general.file_type', { type: 'uint32', value: ALL_F32 }],
    ...Object.entries(named.sizes(model)).map(([name, value]): [string, GgufValue] => [
      `${architecture}.${name}`,
      { type: 'uint32', value },
    ]),
    ...Object.entries(named.numbers(model)).map(([name, value]): [string, GgufValue] => [
      `${architecture}.${name}`,
      { type: 'float32', value },
    ]),
    ...vocabulary.right.values,
  ]);
  const content = (): Bytes => {
    const theirs = toHuggingFace(parameters, namingOf(model, h));
    const { ofVocabulary, reading } = familyOf(model).huggingFace;
    const tensors = new Map(
      named.tensors(model).map(({ name, of, transposed: turns, pairedHeads }): [string, GgufFileTensor] => {
        const tensor = theirs.get(of);
        if (tensor === undefined) throw new Error(`${name} is said to be ${of}, which no ${model.kind} has`);
        if (pairedHeads !== undefined) return [name, paired(tensor, pairedHeads)];
        if (of === ofVocabulary || of === reading?.head) return [name, firstRows(tensor, tokenizer.vocabulary)];
        return [name, turns ? transposed(tensor) : tensor];
      }),
    );
    return ggufFile(values, tensors);
  };
  return E.right({ content, notes: [...named.notes(model), ...vocabulary.right.notes] });
};
