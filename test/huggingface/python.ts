/**
 * Finds a Python that has torch and transformers, for tests that ask Hugging Face's own code, and asks it for logits.
 * `VCYCLE_PYTHON` names one, and must then have both; else `python3` and the benchmark's virtual environment are tried.
 */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Bytes, joined } from '../../src/byte-pieces.js';
import { codeOf } from '../../src/thrown.js';

const execute = promisify(execFile);

/** Tests run from the project's folder; Python scripts are not compiled and stay in the sources. */
const SCRIPT = join('test', 'huggingface', 'compare_logits.py');

type Search = { readonly kind: 'found'; readonly python: string } | { readonly kind: 'absent'; readonly reason: string };

const findPython = async (): Promise<Search> => {
  const asked = process.env.VCYCLE_PYTHON;
  const candidates = asked ? [asked] : ['python3', join('bench', '.venv', 'bin', 'python')];
  const reasons: string[] = [];
  for (const python of candidates) {
    const reason = await lacking(python);
    if (reason === undefined) return { kind: 'found', python };
    reasons.push(`${python}: ${reason}`);
  }
  const reason = reasons.join('; ');
  if (asked) throw new Error(`VCYCLE_PYTHON must name a Python with torch and transformers (${reason})`);
  return { kind: 'absent', reason: `no Python with torch and transformers (${reason}); set VCYCLE_PYTHON to one` };
};

/** The same for a test, or for all of a suite; without one they are skipped, with the reason. */
export const pythonFor = async (context: Mocha.Context): Promise<string> => {
  const search = await findPython();
  if (search.kind === 'found') return search.python;
  console.log(`    skipped: ${search.reason}`);
  return context.skip();
};

/** Why this Python does not serve; undefined where it does. */
const lacking = async (python: string): Promise<string | undefined> => {
  const look = 'import importlib.util as u; print(*[m for m in ("torch", "transformers", "safetensors") if u.find_spec(m) is None])';
  try {
    const missing = (await execute(python, ['-c', look])).stdout.trim();
    return missing === '' ? undefined : `lacks ${missing}`;
  } catch (error) {
    const code = codeOf(error);
    return code === undefined ? String(error) : `cannot be run (${code})`;
  }
};

export interface Comparison {
  readonly maxDifference: number;
  readonly largestLogit: number;
}

export interface Sequences {
  readonly tokens: readonly (readonly number[])[];
  /** For each sequence [time, vocabulary]. */
  readonly logits: readonly (readonly (readonly number[])[])[];
}

/** Runs a script, by its path in the sources, on what it is told as JSON, in the project's folder. */
export const told = async <Answer>(
  python: string,
  script: string,
  given: (folder: string) => readonly string[],
  asked: unknown,
): Promise<Answer> => {
  const folder = await mkdtemp(join(tmpdir(), 'vcycle-asked-'));
  try {
    const file = join(folder, 'asked.json');
    await writeFile(file, JSON.stringify(asked));
    const { stdout } = await execute(python, [script, ...given(file)], { maxBuffer: 1 << 28 });
    const answer: Answer = JSON.parse(stdout);
    return answer;
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** What Transformers makes of a saved model's folder: ids of texts, those decoded, and what it generates at temperature 0. */
export const generated = (
  python: string,
  folder: string,
  asked: { readonly texts: readonly string[]; readonly prompt: string; readonly tokens: number },
): Promise<{
  readonly ids: readonly (readonly number[])[];
  readonly decoded: readonly string[];
  readonly generated: string;
  readonly runs: boolean;
}> => told(python, join('test', 'huggingface', 'text_generation.py'), (file) => [folder, file], asked);

/** Ids by the name of the encoding, of each text; undefined where this Python has no tiktoken. */
export const tiktokenIds = async (
  python: string,
  texts: readonly string[],
): Promise<Readonly<Record<string, readonly (readonly number[])[]>> | undefined> => {
  const look = await execute(python, ['-c', 'import importlib.util as u; print(u.find_spec("tiktoken") is not None)']);
  return look.stdout.trim() === 'True' ? told(python, join('test', 'huggingface', 'token_ids.py'), (file) => [file], texts) : undefined;
};

/** GPT-2s as Transformers saves them, each with its own logits, in folders of this one. */
export const madeFolders = async (python: string, folder: string): Promise<void> => {
  await execute(python, [join('test', 'huggingface', 'make_golden.py'), folder]);
};

/** Tokenizers of strangers' kinds, with their ids and texts, into a file. */
export const madeTokenizers = async (python: string, file: string): Promise<void> => {
  await execute(python, [join('test', 'huggingface', 'make_tokenizers.py'), file]);
};

/** Opens the saved model with the class that it names and compares logits. Rejects where the model does not load, with Python's own words. */
export const compareLogits = async (python: string, files: ReadonlyMap<string, Bytes>, sequences: Sequences): Promise<Comparison> => {
  const folder = await mkdtemp(join(tmpdir(), 'vcycle-model-'));
  try {
    for (const [name, bytes] of files) await writeFile(join(folder, name), joined(bytes));
    const sequencesFile = join(folder, 'sequences.json');
    await writeFile(sequencesFile, JSON.stringify(sequences));
    const { stdout } = await execute(python, [SCRIPT, folder, sequencesFile]);
    const comparison: Comparison = JSON.parse(stdout);
    return comparison;
  } finally {
    await rm(folder, { recursive: true });
  }
};
