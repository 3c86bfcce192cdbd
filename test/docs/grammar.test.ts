/** Every pipeline in text form on a page of the docs is read and means what it prints; every word of the grammar is on docs/grammar.md. */
import assert from 'node:assert/strict';
import { growthCounts } from '../../src/schedule/bounds/growth.js';
import { cycleShapes } from '../../src/schedule/cycles.js';
import { optionValues } from '../../src/schedule/defaults.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { openerParsers, stageParsers } from '../../src/schedule/text/grammar.js';
import { bind, namesOf, parse, print } from '../../src/schedule/text/index.js';
import { stageOptions } from '../../src/schedule/text/option-tables.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { rightOf } from '../schedule/results.js';
import { setupOf } from '../schedule/setups.js';
import { blocksOf, pageOf } from './blocks.js';

/** Pages whose blocks of text are what a command prints. */
const OUTPUT: ReadonlySet<string> = new Set(['README.md', 'docs/data.md', 'docs/search.md', 'docs/zoo.md']);

const PAGE = 'docs/grammar.md';

const pipelines = blocksOf('text')
  .filter(({ page }) => !OUTPUT.has(page))
  .flatMap(({ page, line, code }) =>
    code
      .trim()
      .split('\n')
      .map((text, index) => ({ page, place: `${page}:${line + index}`, text })),
  );

/** Names stand for numbers that fit wherever they are. */
const bindings: Readonly<Record<string, number>> = { n: 40, m: 4, a: 0.5, b: 8, p: 0.8 };

describe('pipelines in text form', () => {
  it('are on many pages', () => assert.ok(new Set(pipelines.map(({ page }) => page)).size >= 5));

  for (const { place, text } of pipelines)
    it(`${place} ${text}`, () => {
      const open = rightOf(parse(text));
      const stages = rightOf(bind(open, Object.fromEntries(namesOf(open).map((name) => [name, bindings[name] ?? assert.fail(name)]))));
      assert.deepEqual(rightOf(bind(rightOf(parse(print(stages))), {})), stages);
      // A depth that the example fits: a matrix has its own.
      const setup = setupOf(text.includes('matrix') ? 3 : 24);
      const model = { ...setup.model, context: 256 };
      const schedule: Schedule = { version: 1, setup: { ...setup, model, evaluation: { every: 10, batches: 1 } }, stages };
      rightOf(verify(schedule));
    });

  it('have every word of the grammar on its page', () => {
    const words = [
      ...[...stageParsers.keys(), ...openerParsers.keys(), ...Object.keys(cycleShapes), ...Object.keys(growthCounts)],
      ...[...Object.keys(stageOptions).filter((word) => word.startsWith('until.')), ...Object.values(stageOptions).flat()],
      ...Object.values(optionValues).flat(),
      ...['even', 'odd', 'every', 'average', 'width', 'matrix', 'compose', 'interleave', 'weighted', 'training', 'heldOut', 'total'],
    ];
    const [ebnf] = blocksOf('ebnf', PAGE);
    const said = new Set(pageOf(PAGE).match(/[\w.-]+/g));
    const examples = pipelines.filter(({ page }) => page === PAGE).map(({ text }) => text);
    const shown = new Set(examples.join('\n').match(/[\w.-]+/g));
    assert.ok(ebnf !== undefined);
    assert.deepEqual(
      words.filter((word) => !said.has(word)),
      [],
    );
    // In an example too, so that it is read; documents of a stage are separate only where those of its setup are.
    const unshown = ['own', 'scale', 'freeze', 'separate'];
    assert.deepEqual(
      words.filter((word) => !shown.has(word) && !unshown.includes(word)),
      [],
    );
  });
});
