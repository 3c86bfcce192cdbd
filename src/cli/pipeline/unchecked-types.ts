/** What a command that trains says about TypeScript files: it strips their types, and does not check them. `vcycle check` does. */
import { extname } from 'node:path';

const TYPED: ReadonlySet<string> = new Set(['.ts', '.mts', '.cts']);

/**
 * @param pipelines as they were named; undefined where none of them has types.
 * @example
 * uncheckedTypes(['demo.ts', 'train(3)']) // 'Types are not checked here; vcycle check demo.ts checks them.'
 */
export const uncheckedTypes = (pipelines: readonly string[]): string | undefined => {
  const typed = pipelines.filter((pipeline) => TYPED.has(extname(pipeline).toLowerCase()));
  return typed.length === 0 ? undefined : `Types are not checked here; vcycle check ${typed.join(' ')} checks them.`;
};
