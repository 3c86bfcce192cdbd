/**
 * `vcycle sample`: text from a trained model.
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { wrapProse } from '../../report/table/wrap.js';
import { sample } from '../../runner/sample.js';
import { visibleText } from '../../visible.js';
import { type BackendChoice, withBackend } from '../backends/registry.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { printData, safeJson } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

export interface SampleOptions extends BackendChoice {
  readonly prompt?: string;
  readonly tokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly stop?: string;
  readonly seed: number;
  readonly json: boolean;
}

/** On a terminal, lines are wrapped at spaces; for another program, the text keeps the lines that the model wrote. */
const shown = (text: string): string => (process.stdout.isTTY ? wrapProse(visibleText(text), terminalWidth()) : visibleText(text));

/** `folder` is a run folder, a model folder or a model file. */
export const sampleText =
  (
    folder: string,
    { json, prompt, tokens, temperature, topK, topP, stop, seed, ...choice }: SampleOptions,
  ): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const sampled = await withBackend(choice, (backend) =>
      sample({ folder, backend, prompt, tokens, temperature, topK, topP, stop, seed }),
    )();
    if (E.isLeft(sampled)) return sampled;
    const { text } = sampled.right;
    printData(`${json ? safeJson(JSON.stringify({ prompt: sampled.right.prompt, text })) : shown(text)}\n`);
    return E.right(EXIT.done);
  };
