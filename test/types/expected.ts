/** Errors that a file of pipelines expects of the compiler. Not a test itself. */
import { readFileSync } from 'node:fs';

export interface Expected {
  readonly line: number;
  readonly text: string;
}

/** `// @error TEXT` expects TEXT in the error of the line after it. */
export const expectedIn = (path: string): readonly Expected[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((content, index) => {
      const text = /^\/\/ @error (.*)$/.exec(content)?.[1];
      return text === undefined ? [] : [{ line: index + 2, text }];
    });
