/** A program asked in a process of its own, as JSON on its stdin, answering on its stdout. Not a test itself. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/**
 * Rejects with the program's own words where the process does not end well.
 *
 * @param worker a compiled script of this folder.
 */
export const askWorker = async <Answer>(worker: string, program: string, asked: unknown): Promise<Answer> => {
  const child = spawn(process.execPath, [fileURLToPath(new URL(worker, import.meta.url))], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(asked));
  const [out, error, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal))),
  ]);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${error.trim()}`);
  const answer: Answer = JSON.parse(out);
  return answer;
};
