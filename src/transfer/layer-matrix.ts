/**
 * Sparse matrices over layer indices: a row lists the layers that one result layer is made of, and with which weight. A transfer is a pair of them,
 * restriction R [coarse × fine] and prolongation P [fine × coarse], acting in the same way on every tensor of a layer. Not here: recipes for layers
 * (`recipe.ts`), tensors.
 */
export interface LayerEntry {
  readonly column: number;
  readonly weight: number;
}

export interface LayerMatrix {
  readonly columns: number;
  readonly rows: readonly (readonly LayerEntry[])[];
}

export interface LayerTransfer {
  readonly restriction: LayerMatrix;
  readonly prolongation: LayerMatrix;
}

/**
 * Injection: coarse layer i is fine layer factor·i + offset, and returns to that position. R·P = I; for factor 2 the offsets 0 and 1 together make up
 * the identity, P₀R₀ + P₁R₁ = I.
 *
 * @example
 * injection({ factor: 2, offset: 0 }, 4).restriction.rows // [[{ column: 0, weight: 1 }], [{ column: 2, weight: 1 }]]
 */
export const injection = ({ factor, offset }: { readonly factor: number; readonly offset: number }, layers: number): LayerTransfer => {
  const coarse = layers / factor;
  return {
    restriction: { columns: layers, rows: Array.from({ length: coarse }, (_, row) => [{ column: factor * row + offset, weight: 1 }]) },
    prolongation: {
      columns: coarse,
      rows: Array.from({ length: layers }, (_, row) => (row % factor === offset ? [{ column: Math.floor(row / factor), weight: 1 }] : [])),
    },
  };
};

export const identity = (layers: number): LayerMatrix => ({
  columns: layers,
  rows: Array.from({ length: layers }, (_, row) => [{ column: row, weight: 1 }]),
});

/** Entries of one row: equal columns added, zeros dropped, sorted by column. */
const gathered = (entries: readonly LayerEntry[]): readonly LayerEntry[] => {
  const weights = new Map<number, number>();
  for (const { column, weight } of entries) weights.set(column, (weights.get(column) ?? 0) + weight);
  return [...weights]
    .filter(([, weight]) => weight !== 0)
    .map(([column, weight]) => ({ column, weight }))
    .sort((a, b) => a.column - b.column);
};

/** Aᵀ */
export const transpose = ({ columns, rows }: LayerMatrix): LayerMatrix => ({
  columns: rows.length,
  rows: Array.from({ length: columns }, (_, column) =>
    rows.flatMap((row, index): readonly LayerEntry[] =>
      row.filter((entry) => entry.column === column).map(({ weight }) => ({ column: index, weight })),
    ),
  ),
});

/** A·B */
export const multiply = (a: LayerMatrix, b: LayerMatrix): LayerMatrix => ({
  columns: b.columns,
  rows: a.rows.map((row) =>
    gathered(row.flatMap(({ column, weight }) => (b.rows[column] ?? []).map((entry) => ({ ...entry, weight: weight * entry.weight })))),
  ),
});

/** A + B */
export const plus = (a: LayerMatrix, b: LayerMatrix): LayerMatrix => ({
  columns: a.columns,
  rows: a.rows.map((row, index) => gathered([...row, ...(b.rows[index] ?? [])])),
});
