/**
 * The data that a setup, or a training stage, names. Not here: reading them (`src/data`), the defaults of a text (`defaults.ts`).
 */

export type DataSource = TextSource | TokenSource;

/** UTF-8 text: a file's path, or `npm:NAME` for a corpus inside an installed npm package. */
export interface TextSource {
  readonly kind: 'text';
  readonly source: string;
  /** `characters`, `bytes`, an encoding such as `gpt2`, or the path of a tokenizer's file. */
  readonly tokenizer: string;
  /** Share of the text, from its end, that is held out for validation. */
  readonly heldOut: number;
  /** The field of JSON Lines, or the column of Parquet, that contains the text; `text` by default. */
  readonly field?: string;
  /** Attention stays inside a document, and positions restart with each; by default a token sees everything before it in the sequence. */
  readonly documents?: 'separate';
}

/** No text: uniformly random tokens. Enough for plans, benchmarks and tests. */
export interface TokenSource {
  readonly kind: 'tokens';
  readonly vocabulary: number;
}

/** Equal exactly for the same data. */
export const dataKey = (source: DataSource): string => JSON.stringify(Object.entries(source).sort(([a], [b]) => (a < b ? -1 : 1)));
