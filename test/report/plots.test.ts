/** The two pictures: what is in them, read back from the SVG. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { lossCurve } from '../../src/report/charts/loss-curve.js';
import { lossPlot, toSvg } from '../../src/report/charts/plots.js';
import { PNG_SCALE, toPng } from '../../src/report/charts/png.js';
import { type RunRecord, recordEvents } from '../../src/report/run/run-record.js';
import { type SyntheticStage, syntheticRun } from './synthetic-run.js';

const twoLevels: readonly SyntheticStage[] = [
  ['restrict(even)', 'restrict', 1, 2, 0],
  ['train(3000)', 'train', 1, 2, 3000],
  ['prolongate', 'prolongate', 0, 4, 0],
  ['train(1000)', 'train', 0, 4, 1000],
];

const record = (stages: readonly SyntheticStage[]): RunRecord => {
  const read = recordEvents(syntheticRun(stages));
  assert.ok(E.isRight(read));
  return read.right;
};

describe('a loss curve', () => {
  const run = record(twoLevels);

  it('puts stages where their steps, or their FLOPs, are', () => {
    assert.deepEqual(
      lossCurve(run, 'steps').bands.map(({ from, to, level }) => [from, to, level]),
      [
        [0, 3000, 1],
        [3000, 4000, 0],
      ],
    );
    assert.deepEqual(
      lossCurve(run, 'flops').bands.map(({ from, to }) => [from, to]),
      [
        [0, 6e12],
        [6e12, 10e12],
      ],
    );
  });

  it('keeps the last point of every stage and few others', () => {
    const { training } = lossCurve(run, 'steps');
    assert.ok(training.length <= 720, `${training.length} points`);
    assert.ok(training.some(({ x }) => x === 3000));
    assert.equal(training.at(-1)?.x, 4000);
  });

  it('of a constant loss is that constant from the first point on', () => {
    const flat: RunRecord = { ...run, steps: run.steps.map((step) => ({ ...step, loss: 2.5 })) };
    for (const { loss } of lossCurve(flat, 'steps').training) assert.ok(Math.abs(loss - 2.5) < 1e-12);
  });

  it('leaves out losses that are no numbers', () => {
    const diverged: RunRecord = { ...run, steps: run.steps.map((step) => (step.step > 100 ? { ...step, loss: Number.NaN } : step)) };
    const { training } = lossCurve(diverged, 'steps');
    assert.ok(training.length > 0);
    assert.ok(training.every(({ loss }) => Number.isFinite(loss)));
  });
});

describe('a picture of the loss', () => {
  for (const axis of ['steps', 'flops'] as const) {
    it(`against ${axis} names levels, series, axes and the pipeline`, async () => {
      const svg = await lossPlot(record(twoLevels), axis, { pipeline: 'restrict(even) >> train(3000)', backend: 'null', saving: 0.375 })();
      assert.match(svg, /^<svg /);
      const words = [
        'level 1 · 2 layers',
        'level 0 · 4 layers',
        'training, smoothed',
        'validation',
        'nats per token',
        '37.5%',
        'restrict(even)',
      ];
      for (const word of words) assert.ok(svg.includes(word), `${word} is missing`);
      assert.ok(svg.includes(axis === 'steps' ? 'training steps' : 'training FLOPs'));
      assert.ok(svg.length < 100_000, `${svg.length} characters`);
    });
  }

  it('of a run that diverged has short numbers at its axis', async () => {
    const run = record(twoLevels);
    const diverged = { ...run, steps: run.steps.map((step) => ({ ...step, loss: 1e29 * step.step })) };
    const svg = await lossPlot(diverged, 'steps', { pipeline: 'x', backend: 'null' })();
    const labels = [...svg.matchAll(/>([^<>]*e\+[^<>]*)</g)].map(([, label = '']) => label);
    assert.ok(labels.includes('2e+32') && labels.length >= 4, labels.join(' '));
    for (const label of labels) assert.ok(label.length <= 8, label);
  });

  it('is drawn for a run without validation, and for one that stopped after a step', async () => {
    const { started, steps, ...rest } = record(twoLevels);
    const svg = await lossPlot({ ...rest, started, steps: steps.slice(0, 1), evaluations: [] }, 'steps', {
      pipeline: 'x',
      backend: 'null',
    })();
    assert.ok(!/NaN|Infinity|undefined/.test(svg));
    const points = (drawn: string): number => drawn.match(/aria-roledescription="(?:symbol|point)"/g)?.length ?? 0;
    const longer = await lossPlot({ ...rest, started, steps: steps.slice(0, 2), evaluations: [] }, 'steps', {
      pipeline: 'x',
      backend: 'null',
    })();
    assert.equal(points(svg), points(longer) + 1, 'a single loss is a point, for a line through it is not to be seen');
  });
});

/** Width and height in the header of a PNG (its first chunk, IHDR). */
const sizeOf = (png: Uint8Array): readonly [width: number, height: number] => {
  const view = new DataView(png.buffer, png.byteOffset);
  assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 'no PNG');
  return [view.getUint32(16), view.getUint32(20)];
};

describe('a picture as PNG', () => {
  const square = (inside: string): string =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" viewBox="0 0 40 20"><rect width="40" height="20" fill="#fff"/>${inside}</svg>`;

  it('has the size of the SVG, for slides and papers, and is the same each time', async () => {
    const svg = await toSvg({ data: { values: [{ x: 1 }] }, mark: 'point', width: 100, height: 50, padding: 0 })();
    const [width = 0, height = 0] = /width="(\d+)" height="(\d+)"/.exec(svg)?.slice(1).map(Number) ?? [];
    const png = await toPng(svg)();
    assert.deepEqual(sizeOf(png), [PNG_SCALE * width, PNG_SCALE * height]);
    assert.deepEqual(await toPng(svg)(), png);
  });

  it('shows its words, in whatever font the SVG asks for', async () => {
    const empty = await toPng(square(''))();
    const word = (text: string, font: string) => toPng(square(`<text x="2" y="14" font-size="10" font-family="${font}">${text}</text>`))();
    const helvetica = await word('loss ≥ −1 × 2 → ±', 'Helvetica, sans-serif');
    assert.notDeepEqual(helvetica, empty);
    assert.deepEqual(await word('loss ≥ −1 × 2 → ±', 'sans-serif'), helvetica);
    const missing = await word('\u{10FFFD}', 'sans-serif');
    for (const letter of '≥−×→±…') assert.notDeepEqual(await word(letter, 'sans-serif'), missing, letter);
  });
});
