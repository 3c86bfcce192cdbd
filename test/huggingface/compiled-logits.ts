/** Logits as a run of vcycle computes them: the model's program, compiled by `onnx-cpu`. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import type { HostTensor } from '../../src/backend.js';
import type { SizedModel } from '../../src/model/family.js';
import type { Parameters } from '../../src/model/hugging-face.js';
import { logitsProgram } from '../../src/model/level-programs.js';

const done = async <A>(task: TaskEither<{ readonly message: string }, A>): Promise<A> => {
  const result = await task();
  return E.isRight(result) ? result.right : assert.fail(result.left.message);
};

/** For each sequence, which must fill the context, logits [time, vocabulary]. */
export const compiledLogits = async (
  parameters: Parameters,
  model: SizedModel,
  h: number,
  tokens: readonly (readonly number[])[],
): Promise<readonly (readonly (readonly number[])[])[]> => {
  const backend = await done(createOnnxCpu());
  try {
    const program = logitsProgram(model, { layers: model.layers, h }, tokens.length);
    const executable = await done(backend.compile(program));
    const inputs = program.inputs.map(({ name, value }): HostTensor => {
      const type = program.types[value] ?? assert.fail(`${name} has no type`);
      const data = name === 'inputs' ? Int32Array.from(tokens.flat()) : parameters.get(name)?.data;
      return { type, data: data ?? assert.fail(`${name} has no value`) };
    });
    const [logits] = await done(executable.run(inputs));
    const { data } = await done(backend.download(logits ?? assert.fail('no logits')));
    const row = (index: number): readonly number[] => [...data.subarray(index * model.vocabulary, (index + 1) * model.vocabulary)];
    return tokens.map((sequence, which) => sequence.map((_, time) => row(which * model.context + time)));
  } finally {
    await done(backend.close());
  }
};
