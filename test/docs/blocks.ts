/** The fenced blocks of a page of the docs, by their language. Not a test itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Block {
  /** Line of the page where its code begins, from 1. */
  readonly line: number;
  readonly code: string;
}

export const pageOf = (name: string): string => readFileSync(join(process.cwd(), 'docs', name), 'utf8');

export const blocksOf = (name: string, language: string): readonly Block[] => {
  const page = pageOf(name);
  return [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(({ index, 2: code = '' }) => ({ line: page.slice(0, index).split('\n').length + 1, code }));
};
