/**
 * The shards of a folder that is being prepared: encoded chunks wait until they fill one, and what was written is said beside them. Each is there
 * whole or not at all. Not here: where the chunks come from (`prepare.ts`).
 */
import type { Folder } from '../../files/folder.js';
import { llmCShard } from '../token-files/llm-c-shard.js';
import { PREPARED_FILES, type Prepared, type PreparedShard } from '../token-files/prepared.js';
import type { Side } from './chunks.js';
import type { EncodedChunk } from './encoders.js';

const MANIFEST_OF = { training: 'train', validation: 'val' } as const;

/** Both sides share one numbering of shards: those that contain the same chunks have the same number. */
const nextNumber = (shards: readonly PreparedShard[]): number =>
  shards.reduce((next, { file }) => Math.max(next, 1 + Number(/_(\d+)\.bin$/.exec(file)?.[1] ?? -1)), 0);

/** What a folder says of itself, as far as it came. */
export const writtenAs = (prepared: Prepared): string => `${JSON.stringify(prepared, undefined, 2)}\n`;

/** The shards in progress, and what has been written. */
export class Shards {
  readonly #waiting: Record<Side, EncodedChunk['tokens'][]> = { training: [], validation: [] };
  #tokens = 0;

  constructor(
    private readonly folder: Folder,
    private readonly most: number,
    /** What the shards on the disk hold. */
    public written: Prepared,
  ) {
    this.all = written;
  }

  /** The same, plus what is still waiting. */
  all: Prepared;

  add({ side, tokens, documents, bytes }: EncodedChunk): void {
    this.#waiting[side].push(tokens);
    this.#tokens += tokens.length;
    const { all } = this;
    this.all = {
      ...all,
      documents: all.documents + documents,
      bytes: all.bytes + bytes,
      tokens: all.tokens + tokens.length,
      chunks: all.chunks + 1,
    };
    if (this.#tokens >= this.most) this.flush();
  }

  /** Writes one shard for each side that has tokens. Throws the system's errors. */
  flush(): void {
    const shards = { training: [...this.all.training], validation: [...this.all.validation] };
    const number = String(nextNumber([...shards.training, ...shards.validation])).padStart(6, '0');
    for (const side of ['training', 'validation'] as const) {
      const parts = this.#waiting[side];
      const tokens = parts.reduce((sum, part) => sum + part.length, 0);
      if (tokens === 0) continue;
      const file = `${MANIFEST_OF[side]}_${number}.bin`;
      this.folder.write(file, llmCShard(parts));
      shards[side].push({ file, tokens });
      this.#waiting[side] = [];
    }
    this.#tokens = 0;
    this.all = { ...this.all, ...shards };
    this.written = this.all;
    this.folder.write(PREPARED_FILES.progress, writtenAs(this.written));
  }
}
