/** `vcycle prepare`: turns texts of any size into shards of tokens. */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { prepare } from '../../data/prepare/prepare.js';
import type { Fault } from '../../fault.js';
import { createPrepareProgress } from '../../report/run/prepare-progress.js';
import { counted } from '../../report/table/format.js';
import { grouped } from '../../shown-value.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { interruptible } from '../process/interrupt.js';
import { printJson, printText, say } from '../process/print.js';

export interface PrepareCommandOptions {
  readonly tokenizer: string;
  readonly out: string;
  readonly textField?: string;
  readonly heldOut?: number;
  readonly json: boolean;
}

export const prepareTexts =
  (
    sources: readonly string[],
    { tokenizer, out, textField: field, heldOut, json }: PrepareCommandOptions,
  ): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const progress = createPrepareProgress(process.stderr);
    const ended = await interruptible(
      (signal) => prepare({ sources, tokenizer, out, field, heldOut, progress: progress.listen, signal }),
      () => say('\nstopping; what is in shards is kept'),
      ['SIGINT', 'SIGTERM'],
    );
    progress.end();
    if (E.isLeft(ended)) return ended;
    const { right: end } = ended;
    if (end.kind === 'stopped') {
      say(`stopped with ${grouped(end.tokens)} tokens in ${end.folder}; the same command continues`);
      return E.right(EXIT.failed);
    }
    if (end.kind === 'already') say(`${end.folder} is prepared already, from the same sources`);
    if (heldOut !== undefined && end.prepared.validation.length === 0)
      say(`nothing is held out: ${heldOut} of ${counted(end.prepared.documents, 'document')} is less than one; training holds out the end`);
    if (json) {
      printJson(end.prepared);
      return E.right(EXIT.done);
    }
    const { documents, bytes, tokens, training, validation, tokenizer: made } = end.prepared;
    const held = validation.reduce((sum, shard) => sum + shard.tokens, 0);
    printText(
      `${end.folder}: ${grouped(tokens)} token${tokens === 1 ? '' : 's'} of ${made.name} from ${grouped(bytes)} byte${bytes === 1 ? '' : 's'} in ${grouped(documents)} document${documents === 1 ? '' : 's'}, ` +
        `in ${counted(training.length + validation.length, 'shard')}${held === 0 ? '' : `, ${grouped(held)} of them held out`}`,
    );
    printText(`train on it: --data ${end.folder}, or text('${end.folder}')`);
    return E.right(EXIT.done);
  };
