/** The one look of every table. */
import assert from 'node:assert/strict';
import type { Column } from '../../src/report/table/sheet.js';
import { renderTable } from '../../src/report/table/table.js';

const columns: readonly Column[] = [
  { head: ['stage'], align: 'left', shrinks: true },
  { head: ['FLOPs', 'planned'], align: 'right' },
  { head: ['h'], align: 'right' },
];

describe('a table', () => {
  it('has its heads on the rule, words to the left and numbers to the right', () => {
    const text = renderTable(columns, [['train(10)', '1.23T', '2'], 'rule', ['total', '1.23T']]);
    assert.deepEqual(text.split('\n'), [
      '            FLOPs',
      'stage     planned h',
      '───────────────────',
      'train(10)   1.23T 2',
      '───────────────────',
      'total       1.23T',
    ]);
  });

  it('wraps the column that shrinks, and only that one, when lines would be too long', () => {
    const long = 'restrict(every(3, 2), h: keep, moments: reset)';
    const text = renderTable(columns, [[long, '1.23T', '2']], 40);
    for (const line of text.split('\n')) assert.ok(line.length <= 40, `too long: ${line}`);
    assert.equal(text.replace(/[\s─]/g, '').includes('1.23T2'), true);
    assert.ok(text.includes('moments:'), 'nothing is cut off');
  });

  it('breaks a word that is wider than its column, and cuts nothing off', () => {
    const text = renderTable(columns, [['train(123456789)', '1.23T', '2']], 22);
    assert.ok(!text.includes('…'));
    assert.deepEqual(
      text
        .split('\n')
        .slice(3)
        .map((line) => line.split(' ')[0])
        .join(''),
      'train(123456789)',
    );
  });
});
