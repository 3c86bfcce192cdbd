/** Transformers.js as npm has it, asked in a process of its own. Not a test itself. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('transformers-js-worker.js', import.meta.url));

export interface Asked {
  /** What was exported. */
  readonly folder: string;
  readonly prompts: readonly string[];
  /** How many to continue each by, the likeliest each time. */
  readonly tokens: number;
}

/** A prompt with what the model adds to it. */
export interface Generated {
  readonly text: string;
  readonly ids: readonly number[];
}

/** Rejects with its own words where it does not open the folder. */
export const askTransformersJs = async (asked: Asked): Promise<readonly Generated[]> => {
  const child = spawn(process.execPath, [WORKER], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(asked));
  const [out, error, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal))),
  ]);
  if (code !== 0) throw new Error(`Transformers.js ended with ${code}: ${error.trim()}`);
  const answer: readonly Generated[] = JSON.parse(out);
  return answer;
};
