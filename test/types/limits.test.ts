/**
 * How much the compiler follows (`dsl/types/number/limits.ts`): up to there it judges as ever, beyond it says nothing, and never that a legal pipeline is
 * "excessively deep" (TS2589).
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '../../dsl/index.js';
import { sentencesIn } from '../../src/cli/pipeline/type-faults.js';
import { compile, compilers, root } from './tsc.js';

interface Case {
  readonly name: string;
  /** The arguments after the setup, as source. */
  readonly source: string;
  readonly layers?: number;
  /** How the compiler's sentence begins; nothing is reported where it is left out. */
  readonly refused?: string;
}

const times = (count: number, of: (index: number) => string): readonly string[] => Array.from({ length: count }, (_, index) => of(index));

const inText = (text: string): string => JSON.stringify(text);

const nested = (deep: number, open: string, inner: string, close = ')'): string => open.repeat(deep) + inner + close.repeat(deep);

const CYCLE = {
  text: 'vCycle(levels: 3, operator: even, pre: 3, coarse: 4, post: 2)',
  code: 'vCycle({ levels: 3, operator: even, coarse: 4 })',
};

const VISIT = ['restrict(even)', 'train(3)', 'prolongate', 'train(2)'];

const TRANSFERS = 'restrict(even, { tau: true }), train(3), prolongate({ correction: 0.5, lineSearch: 4 }), train(2)';

const visits = (count: number): readonly string[] => times(count, (index) => VISIT[index % 4] ?? '');

const matrixOf = (columns: number): string =>
  `matrix([[${times(columns, () => '1').join(', ')}]], [${times(columns, () => '[1]').join(', ')}])`;

/** What has been seen to end in TS2589, and the same beyond what is followed. */
const legal: readonly Case[] = [
  { name: '300 stages in text', source: inText(times(300, () => 'train(1)').join('>>')) },
  { name: '500 stages in text', source: inText(times(500, () => 'train(1)').join('>>')) },
  { name: '100 stages on two levels in text', source: inText(visits(100).join(' >> ')) },
  { name: '31 cycles', source: times(31, () => CYCLE.code).join(', ') },
  { name: '31 cycles in text', source: inText(times(31, () => CYCLE.text).join(' >> ')) },
  { name: '31 cycles within repeats', source: times(31, () => `repeat(3, ${CYCLE.code})`).join(', ') },
  ...[16, 24].flatMap((deep) => [
    { name: `repeats nested ${deep} deep`, source: nested(deep, 'repeat(2, ', 'train(1)') },
    { name: `repeats nested ${deep} deep in text`, source: inText(nested(deep, 'repeat(2, ', 'train(1)')) },
    { name: `groups nested ${deep} deep`, source: nested(deep, 'sequence(', 'train(1)') },
    { name: `groups nested ${deep} deep in text`, source: inText(nested(deep, '(', 'train(1)')) },
    { name: `branches nested ${deep} deep`, source: nested(deep, 'branch(', 'train(1)', ', train(2))') },
    { name: `branches nested ${deep} deep in text`, source: inText(nested(deep, '( ', 'train(1)', ' | train(2) )')) },
    { name: `policies nested ${deep} deep`, source: nested(deep, "moments({ down: 'reset', up: 'carry' }, ", VISIT.join(', ')) },
    { name: `policies nested ${deep} deep in text`, source: inText(nested(deep, 'moments(down: reset, up: carry, ', VISIT.join(' >> '))) },
  ]),
  ...[32, 64].flatMap((deep) => [
    { name: `transfers in repeats nested ${deep} deep`, source: nested(deep, 'repeat(2, ', TRANSFERS) },
    { name: `transfers in groups nested ${deep} deep`, source: nested(deep, 'sequence(', TRANSFERS) },
    { name: `transfers in branches nested ${deep} deep`, source: nested(deep, 'branch(', `sequence(${TRANSFERS})`, ', train(2))') },
    { name: `cycles in repeats nested ${deep} deep`, source: nested(deep, 'repeat(2, ', CYCLE.code) },
    { name: `cycles in groups nested ${deep} deep`, source: nested(deep, 'sequence(', CYCLE.code) },
    { name: `cycles in branches nested ${deep} deep`, source: nested(deep, 'branch(', CYCLE.code, ', train(2))') },
    { name: `transfers in policies nested ${deep} deep`, source: nested(deep, "moments({ down: 'reset', up: 'carry' }, ", TRANSFERS) },
  ]),
  { name: '1,000 blanks', source: inText(`train(1)${' '.repeat(1000)}>> train(2)`) },
  { name: '20,000 blanks', source: inText(`train(1)${' '.repeat(20_000)}>> train(2)`) },
  { name: '4,000 blanks of every kind', source: inText(`${' \n\t\r'.repeat(1000)}train(1) >> train(2)`) },
  { name: '500 parentheses', source: inText(times(50, () => nested(5, '(', 'train(1)')).join('>>')) },
  { name: '128 arms in text', source: inText(`( ${times(128, () => 'train(1)').join(' | ')} )`) },
  {
    name: '256 weights',
    source: `branch(${times(256, () => 'train(1)').join(', ')}, { shared: weighted(${times(256, () => '0.00390625').join(', ')}) })`,
  },
  {
    name: '100 names',
    source: `${inText(times(100, (index) => `train(n${index})`).join('>>'))}, { ${times(100, (index) => `n${index}: 3`).join(', ')} }`,
  },
  { name: '300 layers', source: `train(1, { only: [${times(300, String).join(', ')}] })` },
  { name: '300 layers in text', source: inText(`train(1, only: [${times(300, String).join(', ')}])`) },
  { name: 'a matrix of 300 columns', source: `restrict(${matrixOf(300)}), prolongate`, layers: 300 },
  { name: 'a matrix of 300 columns in text', source: inText(`restrict(${matrixOf(300)}) >> prolongate`), layers: 300 },
  { name: '64 operators', source: `restrict(compose(${times(64, () => 'matrix([[1]], [[1]])').join(', ')})), prolongate`, layers: 1 },
  {
    name: '60 levels',
    source: [...times(60, () => 'restrict(matrix([[1]], [[1]]))'), ...times(60, () => 'prolongate')].join(', '),
    layers: 1,
  },
  ...['wCycle', 'fCycle', 'nested'].map((word) => ({
    name: `a ${word} of 10 levels`,
    source: `${word}({ levels: 10, operator: even, pre: 1, coarse: 2, post: 1 })`,
  })),
  {
    name: 'ends that look back on 100 stages',
    source: [...times(100, () => 'train(300)'), 'train(until.loss(2, { on: heldOut, atMost: 500 }))'].join(', '),
  },
];

const BACK = 'prolongate: no finer level is open';

/** Up to there it still says what is wrong. */
const judged: readonly Case[] = [
  { name: 'the 512th stage', source: [...times(511, () => 'train(1)'), 'prolongate'].join(', '), refused: `stage 512, ${BACK}` },
  {
    name: 'the 201st stage in text',
    source: inText([...times(200, () => 'train(1)'), 'prolongate'].join(' >> ')),
    refused: `stage 201, ${BACK}`,
  },
  { name: 'the 41st cycle', source: [...times(40, () => CYCLE.code), 'prolongate'].join(', '), refused: `stage 201, ${BACK}` },
  { name: 'repeats nested 16 deep', source: nested(16, 'repeat(2, ', 'prolongate'), refused: `stage ${'1.'.repeat(16)}1, ${BACK}` },
  {
    name: 'repeats nested 16 deep in text',
    source: inText(nested(16, 'repeat(2, ', 'prolongate')),
    refused: `stage ${'1.'.repeat(16)}1, ${BACK}`,
  },
  {
    name: 'policies nested 16 deep',
    source: nested(16, "moments({ down: 'reset', up: 'carry' }, ", 'prolongate'),
    refused: `stage 1, ${BACK}`,
  },
  { name: 'after 1,000 blanks', source: inText(`train(1)${' '.repeat(1000)}>> tran(2)`), refused: 'column 1012: unknown stage' },
  { name: 'after 4,000 blanks', source: inText(`${' '.repeat(4000)}prolongate`), refused: `stage 1, ${BACK}` },
];

/** Beyond, it is the verifier's. */
const left: readonly Case[] = [
  { name: 'the 514th stage', source: [...times(513, () => 'train(1)'), 'prolongate'].join(', ') },
  { name: 'repeats nested 17 deep', source: nested(17, 'repeat(2, ', 'prolongate') },
  { name: 'policies nested 17 deep', source: nested(17, "moments({ down: 'reset', up: 'carry' }, ", 'prolongate') },
  { name: 'groups nested 17 deep in text', source: inText(nested(17, '(', 'prolongate')) },
  { name: 'a text of 5,000 characters', source: inText(`prolongate${' '.repeat(5000)}`) },
];

const cases = [...legal, ...judged, ...left];

const folder = '.cache/limits';

const HEAD = [
  `import { ${Object.keys(dsl).join(', ')} } from '../../../dsl/index.js';`,
  `void [${Object.keys(dsl).join(', ')}];`,
  'const setupOf = <const L extends number>(layers: L) =>',
  '  ({ model: gpt({ layers, heads: 4, width: 32, context: 16 }), data: tokens(65), optimizer: adamw(), batch: 4, seed: 1 });',
];

/** A pipeline a line, exported: its type, which says its depth, is worked out too. */
const lineOf = ({ source, layers = 512 }: Case, index: number): string =>
  `export const p${index} = pipeline(setupOf(${layers}), ${source});`;

describe('how much the compiler follows', function () {
  this.timeout(600_000);

  for (const compiler of compilers)
    it(`is stated, and nothing legal is refused beyond it, under ${compiler}`, async () => {
      const project = join(folder, compiler);
      rmSync(join(root, project), { recursive: true, force: true });
      mkdirSync(join(root, project), { recursive: true });
      writeFileSync(join(root, project, 'large.ts'), [...HEAD, ...cases.map(lineOf)].join('\n'));
      const compilerOptions = { noEmit: true, incremental: false, declaration: true, rootDir: '../../..', tsBuildInfoFile: null };
      writeFileSync(
        join(root, project, 'tsconfig.json'),
        JSON.stringify({ extends: '../../../tsconfig.json', compilerOptions, include: ['large.ts'], exclude: [] }),
      );

      const { diagnostics, figures, output } = await compile(project, compiler);
      assert.ok(figures.has('Instantiations'), output.slice(0, 2000));
      const said = cases.map(({ name }, index) => ({
        name,
        errors: diagnostics
          .filter(({ line }) => line === HEAD.length + index + 1)
          .map(({ code, message }) => sentencesIn(message)[0] ?? `${code} ${message}`),
      }));
      const wanted = cases.map(({ name, refused }) => ({ name, errors: refused === undefined ? [] : [refused] }));
      assert.deepEqual(
        said.map(({ name, errors }, index) => ({
          name,
          errors: errors.map((error) => (error.startsWith(wanted[index]?.errors[0] ?? ' ') ? wanted[index]?.errors[0] : error)),
        })),
        wanted,
      );
      assert.equal(diagnostics.length, judged.length, output.slice(0, 2000));
    });
});
