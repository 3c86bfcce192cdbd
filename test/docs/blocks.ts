/** The fenced blocks of the pages that users read, by their language. Not a test itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Block {
  /** Relative to the repository. */
  readonly page: string;
  /** Line of the page where its code begins, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

/** README and every page of the docs. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(join(process.cwd(), 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file.split('\\').join('/')}`)
    .sort(),
];

export const pageOf = (page: string): string => readFileSync(join(process.cwd(), page), 'utf8');

export const allBlocks: readonly Block[] = PAGES.flatMap((page) => {
  const text = pageOf(page);
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: language = '', 2: code = '' }) => ({
    page,
    line: text.slice(0, index).split('\n').length + 1,
    language,
    code,
  }));
});

export const blocksOf = (language: string, page?: string): readonly Block[] =>
  allBlocks.filter((block) => block.language === language && (page === undefined || block.page === page));
