/** Sentences about keys of an object: for values, and for the compiler under the same name. Not here: sentences about values (`../sentences.ts`). */

/** Only at run time is the nearest key named. */
export const unknownKeyIn = <Key extends string, Place extends string>(key: Key, place: Place) =>
  `unknown key "${key}" in ${place}` as const;
export type unknownKeyIn<Key extends string, Place extends string> = ReturnType<typeof unknownKeyIn<Key, Place>>;

export const unknownKey = (key: string, place: string, nearest: string | undefined) =>
  `${unknownKeyIn(key, place)}${nearest === undefined ? '; remove it' : ` (nearest: "${nearest}")`}`;

export const missingKey = (key: string, place: string) => `the key "${key}" is missing in ${place}; add it`;
