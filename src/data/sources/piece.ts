/** A part of a document, which is handed on before the whole of it is read. */
export interface Piece {
  readonly text: string;
  /** Whether the document ends with it. */
  readonly ends: boolean;
}
