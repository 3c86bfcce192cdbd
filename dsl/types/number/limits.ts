/**
 * How much the compiler follows: beyond, it says nothing, and the verifier decides (docs/authoring.md, "What the compiler sees"). TypeScript itself
 * ends with TS2589 at a hundred types in each other, a thousand in a row, and five million for one expression.
 */

/** Stages of a pipeline, each as often as a repeat's passes are followed. */
export type MostStages = 512;

/** Repeats, branches and groups in each other. */
export type MostNested = 16;

/** Parts of 16 characters in a text: 4,096 characters. */
export type MostParts = 256;

/** Steps of reading a text: two a stage, one a parenthesis. */
export type MostRead = 900;

/** Numbers of one list: layers, a row of a matrix, its rows. */
export type MostListed = 256;
