/** The note of a command that trains about TypeScript files: it strips their types without checking them. `vcycle check` checks them. */
import { extname } from 'node:path';

const TYPED: ReadonlySet<string> = new Set(['.ts', '.mts', '.cts']);

/**
 * @param pipelines as the user named them; the result is undefined if none of them has types.
 * @example
 * uncheckedTypes(['demo.ts', 'train(3)']) // 'Types are not checked here; vcycle check demo.ts checks them.'
 */
export const uncheckedTypes = (pipelines: readonly string[]): string | undefined => {
  const typed = pipelines.filter((pipeline) => TYPED.has(extname(pipeline).toLowerCase()));
  return typed.length === 0 ? undefined : `Types are not checked here; vcycle check ${typed.join(' ')} checks them.`;
};
