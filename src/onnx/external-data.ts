/**
 * Tensors beside an ONNX graph, in files of their own: a graph is a protocol buffers file, which holds less than 2 GiB. Not here: the graph that
 * refers to them (`graph.ts`).
 */

/** Tensors begin at pages, so that a runtime can map a file instead of reading it. */
const PAGE = 4096;

/** Where a tensor is: the name of a file beside the graph's, and bytes in it. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export class ExternalData {
  readonly #files: { readonly name: string; size: number; readonly parts: (readonly [number, Uint8Array])[] }[] = [];

  /**
   * @param nameOf the name of the file with this index.
   * @param most bytes of a file; a larger tensor has one alone.
   */
  constructor(
    private readonly nameOf: (index: number) => string,
    private readonly most: number,
  ) {}

  add(data: Uint8Array): ExternalPlace {
    const length = data.byteLength;
    const last = this.#files.at(-1);
    const next = Math.ceil((last?.size ?? 0) / PAGE) * PAGE;
    const fits = last !== undefined && next + length <= this.most;
    const file = fits ? last : { name: this.nameOf(this.#files.length), size: 0, parts: [] };
    const offset = fits ? next : 0;
    if (!fits) this.#files.push(file);
    file.parts.push([offset, data]);
    file.size = offset + length;
    return { location: file.name, offset, length };
  }

  /** The files' bytes by name, in order. */
  files(): ReadonlyMap<string, Uint8Array> {
    return new Map(
      this.#files.map(({ name, size, parts }) => {
        const bytes = new Uint8Array(size);
        for (const [offset, data] of parts) bytes.set(data, offset);
        return [name, bytes];
      }),
    );
  }
}
