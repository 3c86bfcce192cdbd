/** How a stage is named in a table: what an arm does is indented under the line that begins it. Not here: the tables. */

const INDENT = '  ';

/** The lines that a branch itself makes are where its branch is. */
export const indented = (text: string, { branches, kind }: { readonly branches: number; readonly kind: string }): string =>
  INDENT.repeat(kind === 'arm' || kind === 'merge' ? branches - 1 : branches) + text;
