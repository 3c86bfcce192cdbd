/** What `--sbatch` takes: words as a shell makes them, and no option that vcycle itself depends on. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { optionsIn } from '../../src/cli/options/compare-options.js';
import { shellWords } from '../../src/cli/options/shell-words.js';

/** As the shell of this machine has them. */
const ofShell = (text: string): readonly string[] =>
  execFileSync('sh', ['-c', `for word in ${text}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

describe('options of sbatch', () => {
  it('are split as a shell splits them', () => {
    const parts = fc.constantFrom('--mem', '=', '4G', ' ', '  ', "'a & b'", '"c d"', '"\\"e\\\\"', "''", '\\ ', "\\'", 'x', '-q');
    fc.assert(
      fc.property(fc.array(parts, { minLength: 1, maxLength: 12 }), (all) => {
        const text = all.join('');
        fc.pre(text.trim() !== '');
        assert.deepEqual(shellWords(text), ofShell(text));
      }),
      { numRuns: 60 },
    );
    for (const open of ["'a", '"b', '"b\\"', 'c\\']) assert.equal(shellWords(open), undefined, open);
  });

  it('are any, but those that vcycle says itself', () => {
    assert.deepEqual(optionsIn(`--mem 4G -q low --constraint="a & b" --hold --array-inx=1`), [
      ...['--mem', '4G', '-q', 'low', '--constraint=a & b', '--hold', '--array-inx=1'],
    ]);
    for (const text of ['-Hq low -v', '-t 5 --nice --time-min 3', '--wckey - -s -Hn1 --cons=a'])
      assert.deepEqual(optionsIn(text), text.split(' '));
    for (const [text, sentence] of [
      ['--mem=4G --array=0-3', /--array is vcycle's own to say; leave it out/],
      ['-a0-3', /-a0-3 is vcycle's own to say/],
      ['--job-name mine', /--job-name is vcycle's own to say/],
      ['--comment="open', /Its quotes must be closed/],
      ['--arr=0-3', /--arr is vcycle's own to say/],
      ['-Ha0-3', /-Ha0-3 is vcycle's own to say/],
      ['-QM other', /-QM is vcycle's own to say/],
      ['--depend=afterok:1', /--depend is vcycle's own to say/],
      ['--vers', /--vers is vcycle's own to say/],
      ['--mem=4G run.sh', /'--mem=4G', which run\.sh is not \(was/],
      ['--mem 4G run.sh', /which run\.sh is not/],
      ['--hold run.sh', /which run\.sh is not/],
      ['-Hqlow run.sh', /which run\.sh is not/],
      ['-- run.sh', /which -- is not/],
      ['run.sh', /They must be options of sbatch, such as '--mem=4G' \(was run\.sh\)/],
      ['', /They must be options of sbatch/],
    ] as const)
      assert.throws(() => optionsIn(text), sentence);
  });
});
