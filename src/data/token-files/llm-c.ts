/**
 * Shards of llm.c and modded-nanogpt: 256 int32 (magic number, version, tokens, …), then uint16 for GPT-2 or uint32 for Llama 3. Source:
 * karpathy/llm.c, `dev/data/data_common.py`.
 */
import * as E from 'fp-ts/lib/Either.js';
import { inputFault } from '../../fault.js';
import type { TokenFormat } from './token-format.js';

const HEADER = 1024;

const kinds = [
  { magic: 20_240_520, version: 1, type: 'uint16', bytes: 2 },
  { magic: 20_240_801, version: 7, type: 'uint32', bytes: 4 },
] as const;

const int32 = (bytes: Uint8Array, index: number, littleEndian = true): number =>
  bytes.byteLength < 4 * index + 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getInt32(4 * index, littleEndian);

const kindOf = (head: Uint8Array, littleEndian: boolean) => kinds.find(({ magic }) => magic === int32(head, 0, littleEndian));

export const llmC: TokenFormat = {
  matches: ({ head }) => kindOf(head, true) !== undefined || kindOf(head, false) !== undefined,
  layout: ({ path, file, size, head }) => {
    const kind = kindOf(head, true);
    if (kind === undefined)
      return E.left(inputFault(`${path}: a shard of llm.c must be little-endian (this one is big-endian); write it on another machine`));
    if (size < HEADER)
      return E.left(inputFault(`${path}: a shard of llm.c must begin with ${HEADER} bytes (was ${size}); it is cut short: get it again`));
    const [version, length] = [int32(head, 1), int32(head, 2)];
    if (version !== kind.version)
      return E.left(
        inputFault(
          `${path}: a shard of llm.c with the magic number ${kind.magic} must be of version ${kind.version} (was ${version}); write it again`,
        ),
      );
    const needed = HEADER + length * kind.bytes;
    if (length < 0 || size !== needed)
      return E.left(
        inputFault(
          `${path}: a shard of ${length} tokens must have ${needed} bytes (was ${size}); it is ${size < needed ? 'cut short' : 'damaged'}: get it again`,
        ),
      );
    return E.right({ format: "llm.c's", path, file, type: kind.type, begin: HEADER, length });
  },
};
