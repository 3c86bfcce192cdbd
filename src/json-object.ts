/** An object as JSON has them: values by name. Not here: what its values must be (`record-schema.ts`), an object of options (`options.ts`). */

export type JsonObject = Readonly<Record<string, unknown>>;

/** A list is not one. */
export const isJsonObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
