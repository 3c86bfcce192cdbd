/** A part of a document, which is passed on before the whole document has been read. */
export interface Piece {
  readonly text: string;
  /** Whether the document ends with it. */
  readonly ends: boolean;
}
