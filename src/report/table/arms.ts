/** How a stage is named in a table: the stages of an arm are indented under the line that begins it. Not here: the tables. */

const INDENT = '  ';

/** The lines for a branch itself have the indentation of the place where the branch is. */
export const indented = (text: string, { branches, kind }: { readonly branches: number; readonly kind: string }): string =>
  INDENT.repeat(kind === 'arm' || kind === 'merge' ? branches - 1 : branches) + text;
