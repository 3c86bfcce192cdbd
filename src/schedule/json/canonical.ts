/** The schedule as canonical JSON, and its hash: equal schedules print the same whatever the order of their keys. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { isJsonObject } from '../../json-object.js';
import type { Schedule } from '../schedule.js';

/** Keys in the order that is best for reading; any other follows in alphabetical order. */
const keyOrder: readonly string[] = [
  ...['version', 'setup', 'kind', 'model', 'data', 'optimizer', 'batch', 'seed', 'initial', 'evaluation'],
  ...[
    'layers',
    'heads',
    'keyValueHeads',
    'width',
    'hidden',
    'context',
    'bias',
    'gelu',
    'theta',
    'tied',
    'queryKeyNorm',
    'parametrisation',
    'baseLayers',
    'baseWidth',
    'source',
    'path',
    'digest',
    'tokenizer',
    'heldOut',
    'field',
    'documents',
    'learningRate',
    'peak',
    'floor',
    'warmup',
    'decay',
    'clock',
    'rewarm',
  ],
  ...[
    'momentum',
    'beta1',
    'beta2',
    'epsilon',
    'weightDecay',
    'clip',
    'every',
    'batches',
    'steps',
    'until',
    'loss',
    'tokens',
    'flops',
    'ratio',
    'on',
    'window',
    'patience',
    'minDelta',
    'only',
    'sharedLayers',
    'stochasticDepth',
    'accumulate',
    'recompute',
    'onSpike',
    'times',
    'operator',
    'operators',
    'growth',
    'way',
    'factor',
    'back',
    'block',
    'offset',
    'restriction',
    'prolongation',
    'correction',
    'alpha',
    'interpolation',
    'h',
    'moments',
    'counters',
    'tau',
    'lineSearch',
    'tries',
    'fit',
    'stages',
    'arms',
    'shared',
    'weights',
  ],
];

const rank = (key: string): number => (keyOrder.includes(key) ? keyOrder.indexOf(key) : keyOrder.length);

const byRank = (a: string, b: string): number => rank(a) - rank(b) || (a < b ? -1 : 1);

/** JSON.stringify's replacer: objects with their keys in order. */
const ordered = (_key: string, value: unknown): unknown =>
  isJsonObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => byRank(a, b))) : value;

/**
 * @param indent spaces of indentation; 0 for one line.
 * @returns JSON without a newline at its end.
 */
export const canonicalJson = (schedule: Schedule, indent = 2): string => JSON.stringify(schedule, ordered, indent);

/** SHA-256 of a value's JSON on one line, with keys in order, in hexadecimal. */
export const jsonDigest = (value: unknown): string => bytesToHex(sha256(utf8ToBytes(JSON.stringify(value, ordered))));

/** SHA-256 of the one-line canonical JSON, in hexadecimal. */
export const scheduleHash: (schedule: Schedule) => string = jsonDigest;
