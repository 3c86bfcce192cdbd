/**
 * Names, keys, words, tensors, folders and texts that hold what a terminal obeys, or what nobody sees: each is printed with its number, and none
 * as it is.
 */

import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { joined } from '../../src/byte-pieces.js';
import { safeJson } from '../../src/cli/process/print.js';
import { encodeSafetensors } from '../../src/model/safetensors.js';
import { CORPUS, type Ended, inFolder, TINY, vcycle } from './vcycle.js';

/** Clears the screen, in both of its spellings; rings; turns letters around. */
const HOSTILE = 'x\u001b[2J\u009b2J\u0007\u202ey';
const SHOWN = 'x<U+001B>[2J<U+009B>2J<U+0007><U+202E>y';

const harmless = ({ stdout, stderr }: Ended): void => {
  for (const printed of [stdout, stderr])
    assert.doesNotMatch(printed, /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u, JSON.stringify(printed));
};

const text = (stages: string, ...more: readonly string[]): readonly string[] => ['plan', ...TINY, '--vocabulary', '5', ...more, stages];

describe('what is printed of hostile text', () => {
  it('is the same value in JSON, escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = safeJson(JSON.stringify({ [text]: text }));
        assert.doesNotMatch(json, /\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify({ [text]: text })));
      }),
    );
  });

  it('a stage, a name, an option, a key, a file: with numbers, and the letter that looks like another', () =>
    inFolder(
      {
        'key.json': JSON.stringify({ version: 1, [HOSTILE]: 1, setup: {}, stages: [] }),
        'cyrillic.json': JSON.stringify({ version: 1, s\u0435tup: {}, stages: [] }),
        [`${HOSTILE}.json`]: '{',
      },
      async (cwd) => {
        for (const [args, expected] of [
          [text('x\u001b\u009b\u0007\u202ey(3)'), /unknown stage "x<U\+001B><U\+009B><U\+0007><U\+202E>y"; .*; it holds U\+001B$/m],
          [text('tr\u0430in(3)'), /unknown stage "tr\u0430in"; .*; the nearest word is train; its "\u0430" is U\+0430$/m],
          [text('train(3\u00a0)'), 'steps must be written as digits without leading zeros, such as 12 (was 3<U+00A0>)'],
          [text('\ufefftrain(3)'), /unknown stage "<U\+FEFF>train"; .*; it holds U\+FEFF$/m],
          [text('train(\uff11\uff10)'), /the name \uff11\uff10 is not bound; .*; its "\uff11" is U\+FF11$/m],
          [text('restrict(even, h\u200b: keep) >> prolongate'), /unknown option "h<U\+200B>" of restrict/],
          [text('train(3)', '--backend', HOSTILE), `there is no backend "${SHOWN}"`],
          // Its bracket makes it a pattern.
          [['plan', ...TINY, '--data', HOSTILE, 'train(3)'], `${SHOWN}: no file matches this pattern`],
          [['plan', ...TINY, '--data', HOSTILE.replaceAll('[', ''), 'train(3)'], `${SHOWN.replaceAll('[', '')}: there is no such file`],
          [text('train(3)', `--${HOSTILE}`), SHOWN],
          [['plan', 'key.json'], `unknown key "${SHOWN}"`],
          [['plan', 'cyrillic.json'], /unknown key "s\u0435tup" .*setup.*; its "\u0435" is U\+0435$/m],
          [['plan', `${HOSTILE}.json`], `${SHOWN}.json`],
          [['runs', 'list', HOSTILE], `${SHOWN}: there is no such folder`],
        ] as const) {
          const ended = await vcycle(args, { cwd });
          assert.equal(ended.code, 2, ended.stderr);
          harmless(ended);
          if (typeof expected === 'string') assert.ok(ended.stderr.includes(expected), ended.stderr);
          else assert.match(ended.stderr, expected);
        }
      },
    )).timeout(120_000);

  it('a run folder, its pictures, its sample, its row, its model’s tensors', () =>
    inFolder({ 'corpus.txt': `${CORPUS}\u001b[2J\u009b2J`.repeat(20) }, async (cwd) => {
      const ran = await vcycle(['run', ...TINY, '--data', 'corpus.txt', '--out', HOSTILE, 'train(3)'], { cwd });
      assert.equal(ran.code, 0, ran.stderr);
      harmless(ran);
      assert.ok(ran.stdout.includes(`run folder  ${SHOWN}\n`), ran.stdout);
      for (const args of [
        ['sample', HOSTILE, '--tokens', '200', '--temperature', '5'],
        ['runs', 'list', '.'],
        ['runs', 'show', HOSTILE],
        ['resume', HOSTILE],
        ['export', HOSTILE, '--tensorboard', 'tb'],
      ]) {
        const ended = await vcycle(args, { cwd });
        assert.equal(ended.code, 0, ended.stderr);
        harmless(ended);
        assert.match(ended.stdout + ended.stderr, /<U\+/, 'it was there to be shown');
      }
      const json = await vcycle(['sample', HOSTILE, '--tokens', '200', '--temperature', '5', '--json'], { cwd });
      harmless(json);
      assert.ok((JSON.parse(json.stdout) as { readonly text: string }).text.includes('\u001b'), 'data are as they are');

      await cp(join(cwd, HOSTILE, 'model'), join(cwd, 'model'), { recursive: true });
      const tensor = { dtype: 'F32', shape: [1], data: Float32Array.of(1) } as const;
      await writeFile(join(cwd, 'model', 'model.safetensors'), joined(encodeSafetensors(new Map([[HOSTILE, tensor]]))));
      const torn = await vcycle(['sample', 'model'], { cwd });
      assert.equal(torn.code, 2, torn.stderr);
      harmless(torn);
    })).timeout(120_000);
});
