/** llama.cpp as npm has it prebuilt for this platform, asked in a process of its own. Not a test itself. */
import { readFileSync } from 'node:fs';
import { askWorker } from './ask-worker.js';

export interface Asked {
  /** The package that has llama.cpp. */
  readonly library: string;
  /** A GGUF file. */
  readonly file: string;
  /** To be encoded; what looks like a special token is text. */
  readonly texts: readonly string[];
  /** Tokens, of each of which: does it end a text? */
  readonly ends: readonly number[];
  readonly prompt: string;
  /** How many to continue the prompt by, at temperature 0. */
  readonly tokens: number;
}

export interface Answer {
  readonly ids: readonly (readonly number[])[];
  readonly ends: readonly boolean[];
  readonly generated: readonly number[];
  /** Of the first token after the prompt, by token. */
  readonly logits: readonly number[];
}

const LIBRARY = `@node-llama-cpp/${process.platform}-${process.arch}`;

/** Why there is no llama.cpp here; undefined where there is. */
export const lackingLlama = (): string | undefined => {
  try {
    import.meta.resolve(LIBRARY);
    return undefined;
  } catch {
    return `${LIBRARY} is not installed: test/export/llama-cpp has llama.cpp for Linux on x64 alone`;
  }
};

/** Rejects with llama.cpp's own words where it does not open the file. */
export const askLlama = (asked: Omit<Asked, 'library'>): Promise<Answer> =>
  askWorker('llama-worker.js', 'llama.cpp', { ...asked, library: LIBRARY });

/** Of the package that it is in. */
export const llamaVersion = (): string => {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.resolve(LIBRARY)), 'utf8'),
  );
  return version;
};
