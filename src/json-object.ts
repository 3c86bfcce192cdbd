/** A JSON object: values by name. Not here: requirements for its values (`record-schema.ts`), an object of options (`options.ts`). */

export type JsonObject = Readonly<Record<string, unknown>>;

/** An array is not one. */
export const isJsonObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
