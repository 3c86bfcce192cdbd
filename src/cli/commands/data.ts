/** `vcycle data PATH`: what a file or a folder contains. */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { describeSource } from '../../data/sources/describe.js';
import type { Fault } from '../../fault.js';
import { nodeFiles } from '../../files/node-files.js';
import { bytes } from '../../report/table/format.js';
import { grouped, listed } from '../../shown-value.js';
import { visibleText } from '../../visible.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { printData, printJson, printText } from '../process/print.js';

export interface DataCommandOptions {
  readonly tokenizer?: string;
  readonly textField?: string;
  readonly json: boolean;
}

export const describeData =
  (path: string, { tokenizer, textField: field, json }: DataCommandOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const described = await describeSource(nodeFiles, path, { tokenizer, field });
    if (E.isLeft(described)) return described;
    const { right: found } = described;
    if (json) {
      printJson(found);
      return E.right(EXIT.done);
    }
    const { tokens } = found;
    const rows: readonly (readonly [string, string | undefined])[] = [
      ['kind', found.kind],
      ['files', `${grouped(found.files)}, ${bytes(found.bytes)}`],
      ['documents', found.documents === undefined ? undefined : grouped(found.documents)],
      ['tokens', tokens && `${grouped(tokens.training)}${tokens.heldOut === 0 ? '' : ` and ${grouped(tokens.heldOut)} held out`}`],
      ['tokenizer', found.tokenizer && `${found.tokenizer.name}, a vocabulary of ${grouped(found.tokenizer.vocabulary)}`],
      [
        'a token',
        found.bytesPerToken === undefined ? undefined : `${found.bytesPerToken.toFixed(2)} bytes on average, in the beginning of the text`,
      ],
      ['made of', found.prepared && listed(found.prepared.sources.map((source) => source.path))],
    ];
    for (const [name, value] of rows) if (value !== undefined) printText(`${name.padEnd(10)} ${value}`);
    if (tokens !== undefined && found.tokenizer === undefined)
      printText('which text these are only the tokenizer knows that made them: --tokenizer gpt2, or another one');
    printData(`\n${visibleText(found.begins.trimEnd())}\n`);
    return E.right(EXIT.done);
  };
