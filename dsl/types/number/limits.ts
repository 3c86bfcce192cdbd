/**
 * How much the compiler follows: beyond that it reports nothing, and the verifier decides (docs/authoring.md, "What the compiler sees"). TypeScript
 * itself ends with TS2589 at a hundred nested types, a thousand in sequence, and five million for one expression.
 */

/** Stages of a pipeline, each as often as a repeat's passes are followed. */
export type MostStages = 512;

/** Nested repeats, branches and groups. */
export type MostNested = 16;

/** Parts of 16 characters in a text: 4,096 characters. */
export type MostParts = 256;

/** Steps of parsing a text: two per stage, one per parenthesis. */
export type MostRead = 900;

/** Numbers of one list: layers, a row of a matrix, its rows. */
export type MostListed = 256;
