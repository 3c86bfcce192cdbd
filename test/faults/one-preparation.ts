/** Texts that are prepared into shards of tokens. Not a test itself. */
import * as E from 'fp-ts/lib/Either.js';
import { prepare } from '../../src/data/prepare/prepare.js';
import { PREPARED_FILES } from '../../src/data/token-files/prepared.js';
import { Folder } from '../../src/files/folder.js';
import { bytesIn, type Story } from './story.js';

const OUT = '/home/data/prepared';
const text = (name: string, content: string): readonly [string, Uint8Array] => [`/home/texts/${name}`, new TextEncoder().encode(content)];

export const onePreparation: Story = {
  before: new Map<string, Uint8Array | null>([
    ['/home', null],
    ['/home/texts', null],
    text('first.txt', 'In the beginning'),
    text('second.txt', 'was the word.'),
    text('third.val.txt', 'Selah.'),
  ]),
  acts: [
    {
      name: 'prepare',
      act: async (files) =>
        E.map(() => undefined)(
          await prepare({ sources: ['/home/texts'], tokenizer: 'bytes', out: OUT, shardTokens: 8, threads: 1, files }),
        ),
      done: (files) => Folder.at(OUT, files).has(PREPARED_FILES.manifest),
    },
  ],
  left: (files) => bytesIn(Folder.at(OUT, files)),
};
