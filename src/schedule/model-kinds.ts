/**
 * The kinds of model that a schedule may name, each with the JSON Schema of its keys besides those of all kinds (layers, heads, width, context,
 * vocabulary); a key with a `default` is optional. Not here: what the models compute (`src/model`).
 */
export type ModelProperties = Readonly<Record<string, object>>;

const kinds = new Map<string, ModelProperties>([
  [
    'gpt',
    {
      bias: { type: 'boolean' },
      gelu: { type: 'string', enum: ['tanh'], default: 'exact', description: 'tanh, or left out for the exact one' },
    },
  ],
  [
    'llama',
    {
      keyValueHeads: { type: 'integer', minimum: 1 },
      hidden: { type: 'integer', minimum: 1 },
      theta: { type: 'number', exclusiveMinimum: 0 },
      epsilon: { type: 'number', exclusiveMinimum: 0 },
      tied: { type: 'boolean' },
      queryKeyNorm: { type: 'boolean' },
    },
  ],
]);

export const modelKinds: ReadonlyMap<string, ModelProperties> = kinds;

/** Registers one more kind; the returned function removes it. `src/model/families.ts` says what it computes. */
export const addModelKind = (kind: string, properties: ModelProperties): (() => void) => {
  kinds.set(kind, properties);
  return () => {
    kinds.delete(kind);
  };
};
