/** `vcycle draw`: in the terminal, as data, as a file. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { shellWords } from '../../src/cli/options/shell-words.js';
import { inFolder, vcycle } from './vcycle.js';

const FLAGS = ['--layers', '4', '--width', '8', '--heads', '2', '--context', '4', '--vocabulary', '5', '--batch', '2', '--backend', 'null'];
const [V, FINE] = ['restrict(even) >> train(10) >> prolongate >> train(5)', 'train(15)'];
const PNG = [0x89, 0x50, 0x4e, 0x47];

describe('draw', () => {
  it('draws cycles of several texts on one axis, in lines of 80 columns', async () => {
    const { code, stdout, stderr } = await vcycle(['draw', ...FLAGS, V, FINE]);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.split('\n').every((line) => line.length <= 80));
    assert.match(stdout, /^\(1\): .* saved of as many fine steps\nrestrict/);
    assert.match(stdout, /\n1 {2}2 layers +┕━+┙\n/);
    const ends = [...stdout.matchAll(/^ .* ([\d.]+ MFLOP)$/gm)].map(([, end]) => end);
    assert.equal(ends.length, 2);
    assert.equal(ends[0], ends[1]);
  });

  it('gives places and rates as data', async () => {
    const { stdout } = await vcycle(['draw', ...FLAGS, '--json', V]);
    const { stretches, changes, work } = JSON.parse(stdout);
    assert.deepEqual(
      stretches.map(({ op, level }: Record<string, unknown>) => [op, level]),
      [
        ['train(10)', 1],
        ['train(5)', 0],
      ],
    );
    assert.equal(stretches[1].to, work);
    assert.deepEqual(
      changes.map(({ kind, from, to }: Record<string, unknown>) => [kind, from, to]),
      [
        ['restrict', 0, 0],
        ['prolongate', stretches[0].to, stretches[0].to],
      ],
    );
  });

  it('writes a picture of the kind that the file names', () =>
    inFolder({}, async (cwd) => {
      const drawn = await Promise.all(['svg', 'png'].map((kind) => vcycle(['draw', ...FLAGS, V, '--out', `new/a.${kind}`], { cwd })));
      for (const { code, stderr, stdout } of drawn) {
        assert.equal(code, 0, stderr);
        assert.equal(stdout, '');
        assert.match(stderr, /^wrote new\/a\.(svg|png)\n$/);
      }
      assert.match(await readFile(join(cwd, 'new/a.svg'), 'utf8'), /^<svg .*train\(10\).*<\/svg>\n$/s);
      assert.deepEqual([...(await readFile(join(cwd, 'new/a.png'))).subarray(0, 4)], PNG);
    }));

  it('makes the pictures of the README by the commands beside them, and what it shows of the terminal', () =>
    inFolder({}, async (cwd) => {
      const readme = await readFile('README.md', 'utf8');
      const commands = [...readme.matchAll(/\*`npx vcycle (draw .*? --out (docs\/images\/[\w-]+\.svg))`\*/gs)];
      assert.deepEqual(
        commands.map(([, , picture]) => picture),
        ['docs/images/w-cycle.svg', 'docs/images/even-odd.svg'],
      );
      const drawn = commands.map(async ([, command = '', picture = '']) => {
        assert.ok(readme.includes(`](${picture})`), `${picture} is shown`);
        const words = shellWords(command.replaceAll('\n', ' ')) ?? assert.fail(command);
        const out = join(cwd, basename(picture));
        const { code, stderr } = await vcycle([...words.slice(0, -1), out], { cwd: process.cwd() });
        assert.equal(code, 0, stderr);
        assert.equal(await readFile(out, 'utf8'), await readFile(picture, 'utf8'), picture);
      });
      await Promise.all(drawn);
      const [, command = '', shown] = /^\$ npx vcycle (draw \S+)\n(.*?)^```$/ms.exec(readme) ?? assert.fail('no drawing');
      assert.equal((await vcycle(command.split(' '), { cwd: process.cwd() })).stdout, shown);
    }));

  it("takes a run's folder as its schedule, by the folder's name", () =>
    inFolder({}, async (cwd) => {
      const run = await vcycle(['run', ...FLAGS, V, '--out', 'runs/first'], { cwd });
      assert.equal(run.code, 0, run.stderr);
      const [folder, file] = await Promise.all(
        ['runs/first', 'runs/first/schedule.json'].map((argument) => vcycle(['draw', '--backend', 'null', argument], { cwd })),
      );
      assert.ok(folder !== undefined && file !== undefined);
      assert.equal(folder.code, 0, folder.stderr);
      assert.match(folder.stdout, /^first: .* saved of as many fine steps\n/);
      assert.equal(folder.stdout, file.stdout.replace('schedule: ', 'first: '));
      const other = await vcycle(['draw', 'runs'], { cwd });
      assert.deepEqual([other.code, other.stderr.includes('runs: a folder; name a pipeline file')], [2, true]);
    }));

  it('refuses another kind of file before anything is planned', async () => {
    const { code, stderr } = await vcycle(['draw', ...FLAGS, 'tran(', '--out', 'a.pdf']);
    assert.equal(code, 2);
    assert.equal(stderr, "vcycle: --out must end in .svg or .png (was a.pdf); the terminal's drawing comes without it\n");
  });
});
