/** A shard of llm.c's format as bytes. Not here: reading one (`llm-c.ts`). */

const HEADER = 1024;

/** uint16 as GPT-2's, or uint32 as Llama 3's: all parts are of one width. */
export const llmCShard = (parts: readonly (Uint16Array | Uint32Array)[]): Uint8Array => {
  const wide = parts.some((part) => part instanceof Uint32Array);
  const tokens = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(HEADER + tokens * (wide ? 4 : 2));
  const header = new DataView(bytes.buffer);
  for (const [index, value] of (wide ? [20_240_801, 7, tokens] : [20_240_520, 1, tokens]).entries())
    header.setInt32(4 * index, value, true);
  let at = HEADER;
  for (const part of parts) {
    // Node runs only on little-endian machines.
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes;
};
