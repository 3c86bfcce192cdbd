/**
 * The kinds of model that a schedule may name, each with the JSON Schema of what it has besides what all have (layers, heads, width, context,
 * vocabulary); one with a `default` may be left out. Not here: what the models compute (`src/model`).
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
]);

export const modelKinds: ReadonlyMap<string, ModelProperties> = kinds;

/** One kind more, until what comes back is called. `src/model/families.ts` says what it computes. */
export const addModelKind = (kind: string, properties: ModelProperties): (() => void) => {
  kinds.set(kind, properties);
  return () => {
    kinds.delete(kind);
  };
};
