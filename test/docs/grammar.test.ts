/** docs/grammar.md: every example is read, means what it prints, and every word of the grammar stands there. */
import assert from 'node:assert/strict';
import { cycleShapes } from '../../src/schedule/cycles.js';
import { growthCounts } from '../../src/schedule/growth.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { openerParsers, stageParsers } from '../../src/schedule/text/grammar.js';
import { bind, namesOf, parse, print } from '../../src/schedule/text/index.js';
import { stageOptions } from '../../src/schedule/text/option-tables.js';
import { optionValues } from '../../src/schedule/text/option-words.js';
import { verify } from '../../src/schedule/verify.js';
import { rightOf } from '../schedule/results.js';
import { setupOf } from '../schedule/setups.js';
import { blocksOf, pageOf } from './blocks.js';

const lines = [...blocksOf('grammar.md', 'text'), ...blocksOf('authoring.md', 'text')].flatMap(({ code }) => code.trim().split('\n'));

/** Names stand for numbers that fit wherever they stand. */
const bindings: Readonly<Record<string, number>> = { n: 40, m: 4, a: 0.5, p: 0.8 };

describe('the grammar page', () => {
  it('has examples', () => assert.ok(lines.length > 20));

  for (const line of lines)
    it(line, () => {
      const open = rightOf(parse(line));
      const stages = rightOf(bind(open, Object.fromEntries(namesOf(open).map((name) => [name, bindings[name] ?? assert.fail(name)]))));
      assert.deepEqual(rightOf(bind(rightOf(parse(print(stages))), {})), stages);
      // A depth that the example fits: a matrix has its own.
      const setup = setupOf(line.includes('matrix') ? 3 : 24);
      const schedule: Schedule = { version: 1, setup: { ...setup, evaluation: { every: 10, batches: 1 } }, stages };
      rightOf(verify(schedule));
    });

  it('knows every word', () => {
    const words = [
      ...[...stageParsers.keys(), ...openerParsers.keys(), ...Object.keys(cycleShapes), ...Object.keys(growthCounts)],
      ...[...Object.keys(stageOptions).filter((word) => word.startsWith('until.')), ...Object.values(stageOptions).flat()],
      ...Object.values(optionValues).flat(),
      ...['even', 'odd', 'every', 'average', 'width', 'matrix', 'compose', 'interleave', 'weighted', 'training', 'heldOut', 'total'],
    ];
    const [ebnf] = blocksOf('grammar.md', 'ebnf');
    const said = new Set(pageOf('grammar.md').match(/[\w.-]+/g));
    const shown = new Set(lines.join('\n').match(/[\w.-]+/g));
    assert.ok(ebnf !== undefined);
    assert.deepEqual(
      words.filter((word) => !said.has(word)),
      [],
    );
    // In an example too, so that it is read.
    assert.deepEqual(
      words.filter((word) => !shown.has(word) && word !== 'own' && word !== 'scale' && word !== 'freeze'),
      [],
    );
  });
});
