/**
 * `vcycle sample`: text from a trained model.
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { sample } from '../../runner/sample.js';
import { visibleText } from '../../visible.js';
import { type BackendChoice, withBackend } from '../backends/registry.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { printData, safeJson } from '../process/print.js';

export interface SampleOptions extends BackendChoice {
  readonly prompt?: string;
  readonly tokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly seed: number;
  readonly json: boolean;
}

/** `folder` is a run folder, a model folder or a model file. */
export const sampleText = (folder: string, options: SampleOptions): TE.TaskEither<Fault, ExitCode> => {
  const { prompt, tokens, temperature, topK, seed } = options;
  return pipe(
    withBackend(options, (backend) => sample({ folder, backend, prompt, tokens, temperature, topK, seed })),
    TE.map(({ prompt, text }) => {
      printData(`${options.json ? safeJson(JSON.stringify({ prompt, text })) : visibleText(text)}\n`);
      return EXIT.done;
    }),
  );
};
