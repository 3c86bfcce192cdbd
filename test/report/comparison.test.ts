/** Pairs, races and verdicts of a comparison, against cases computed by hand. */
import assert from 'node:assert/strict';
import { compareEntrants, type Entrant } from '../../src/report/comparison/comparison.js';
import { DASHES, HUES } from '../../src/report/comparison/look.js';
import { pairOf, timeSaved } from '../../src/report/comparison/pair.js';
import { comparisonPage } from '../../src/report/comparison/report-page.js';
import type { Trace } from '../../src/report/comparison/run-trace.js';
import { methodOf, pairsSheet, standingsSheet } from '../../src/report/comparison/sheets.js';
import { methodOfTimings, timingsOf } from '../../src/report/comparison/timings.js';
import { verdicts } from '../../src/report/comparison/verdict.js';
import { record, traceThrough } from './traces.js';

const near = (found: number | undefined, expected: number, within = 1e-12): void =>
  assert.ok(found !== undefined && Math.abs(found - expected) <= within, `${found} for ${expected}`);

/** A run that ends with these losses after this many FLOPs, its only two looks at half of them and at the end. */
const run = (seed: number, flops: number, half: number, end: number): Trace =>
  traceThrough(
    [
      [flops / 2, half],
      [flops, end],
    ],
    { seed },
  );
const SEEDS = [1, 2, 3, 4, 5, 6];
const entrant = (name: string, role: Entrant['role'], of: (seed: number) => Trace, seeds = SEEDS): Entrant => ({
  name,
  role,
  schedule: record([['train(4)', 'train', 0, 2, 4]]).started.schedule,
  traces: seeds.map(of),
});
const compared = (ours: Entrant, theirs: Entrant) =>
  compareEntrants([ours, theirs], [{ pipeline: ours.name, against: theirs.name }], {
    seeds: ours.traces.map(({ seed }) => seed),
    backend: 'null',
    device: 'none',
    versions: {},
    notes: [],
  });
const verdictOf = (ours: Entrant, theirs: Entrant) => {
  const [one] = verdicts(compared(ours, theirs));
  return one ?? assert.fail('no verdict');
};

describe('the look of a comparison', () => {
  it('gives no two of its contenders the same line, and the first eight no two the same dashes', () => {
    const looks = Array.from({ length: HUES.length * DASHES.length }, (_, at) => `${HUES[at % HUES.length]} ${DASHES[at % DASHES.length]}`);
    assert.equal(new Set(looks).size, looks.length);
    assert.equal(new Set(DASHES.map(String)).size, 8);
  });
});

describe('a pair', () => {
  it('races to the other’s own end, seed by seed', () => {
    const [ours, theirs] = [SEEDS.map((seed) => run(seed, 100, 3, 1)), SEEDS.map((seed) => run(seed, 200, 3, 2))];
    const pair = pairOf({ pipeline: 'a', against: 'b' }, ours, theirs);
    // 3 → 1 over the FLOPs 50 → 100 is at 2 after 75; the other is at 2 after 200.
    const all = (flops: number) => SEEDS.map(() => ({ least: flops, most: flops }));
    assert.deepEqual(pair.race.validation.flops, { pipeline: all(75), against: all(200) });
    near(pair.race.validation.saving?.least, 1 - 75 / 200);
    near(pair.race.validation.saving?.most, 1 - 75 / 200);
    near(timeSaved(ours, theirs, 'validation')?.most, 1 - 7.5 / 20);
    assert.equal(pair.bothEnded, false);
    assert.equal(pair.flops, 100);
    // At 100 FLOPs the other is half-way.
    near(pair.difference.validation?.value, 1 - 3);
    assert.deepEqual(pair.losses.validation, { pipeline: SEEDS.map(() => 1), against: SEEDS.map(() => 3) });
  });

  it('counts a seed that does not come to the loss as more than all that it had', () => {
    const { race } = pairOf(
      { pipeline: 'a', against: 'b' },
      [run(1, 100, 3, 1), run(2, 100, 3, 2.5)],
      [run(1, 100, 3, 2), run(2, 100, 3, 2)],
    );
    assert.equal(race.validation.reached, 1);
    assert.deepEqual(race.validation.flops?.pipeline, [{ least: 75, most: 75 }, { least: 100 }]);
    assert.equal(race.validation.saving?.least, undefined);
    near(race.validation.saving?.most, 1 - 175 / 200);
  });

  it('races to no training loss where a run ends with fewer steps on its finest network than are averaged', () => {
    const short = SEEDS.map((seed): Trace => ({ ...run(seed, 100, 3, 1), window: 3 }));
    const full = SEEDS.map((seed) => run(seed, 100, 3, 2));
    for (const [ours, theirs] of [
      [short, full],
      [full, short],
    ] as const) {
      const { training, validation } = pairOf({ pipeline: 'a', against: 'b' }, ours, theirs).race;
      assert.equal('saving' in training, false);
      assert.equal('saving' in validation, true, 'an evaluation is what it is');
    }
    const ours = entrant('ours', 'pipeline', (seed) => ({ ...run(seed, 100, 3, 1), window: 3 }));
    const theirs = entrant('base', 'baseline', (seed) => run(seed, 100, 3, 2));
    assert.match(methodOf(compared(ours, theirs)).join(' '), /ours ends with 2 steps on its finest network, fewer than the 3 over which/);
    const [row] = pairsSheet(compared(ours, theirs)).rows;
    assert.equal(row?.[4], '–');
  });

  it('holds what is needed to compute its intervals again', () => {
    const ours = entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 1 + 0.1 * seed));
    const theirs = entrant('base', 'baseline', (seed) => ({ ...run(seed, 100, 3, 2), diverged: seed === 2 }));
    const { standings, pairs } = JSON.parse(JSON.stringify(compared(ours, theirs)));
    assert.deepEqual(
      standings[0].runs.map(({ seed, flops, validation }: Record<string, number>) => [seed, flops, validation]),
      SEEDS.map((seed) => [seed, 100, 1 + 0.1 * seed]),
    );
    assert.deepEqual(
      standings[1].runs.map(({ validation }: Record<string, number>) => validation),
      [2, null, 2, 2, 2, 2],
    );
    assert.equal(pairs[0].losses.validation.against[1], null);
  });
});

describe('what was measured', () => {
  const paced = (pace: number) => (seed: number) => {
    const { seconds, training, validation, ...rest } = run(seed, 100, 3, 1 + 0.1 * seed);
    const slowed = training.map((seen) => ({ ...seen, seconds: seen.seconds * pace }));
    return {
      ...rest,
      seconds: seconds * pace,
      training: slowed,
      validation: validation.map((seen) => ({ ...seen, seconds: seen.seconds * pace })),
    };
  };
  const theirs = entrant('base', 'baseline', (seed) => run(seed, 200, 3, 2));
  const opposed = [{ pipeline: 'ours', against: 'base' }];
  const carried = { workers: 2, notes: [] };

  it('is apart from the comparison, which is the same to the byte on a machine of another speed', () => {
    const [quick, slow] = [1, 7.25].map((pace) => entrant('ours', 'pipeline', paced(pace))) as [Entrant, Entrant];
    const [first, second] = [quick, slow].map((ours) => compared(ours, theirs)) as [
      ReturnType<typeof compared>,
      ReturnType<typeof compared>,
    ];
    assert.equal(JSON.stringify(second), JSON.stringify(first));
    assert.equal(comparisonPage(second, []), comparisonPage(first, []));
    const [a, b] = [quick, slow].map((ours) => timingsOf([ours, theirs], opposed, carried)) as [
      ReturnType<typeof timingsOf>,
      ReturnType<typeof timingsOf>,
    ];
    assert.deepEqual([a.standings[0]?.seconds, b.standings[0]?.seconds, b.standings[1]?.seconds], [10, 72.5, 20]);
    assert.deepEqual(b.standings[0]?.runs[0], { seed: 1, seconds: 72.5 });
    near(b.pairs[0]?.validation?.most, 1 - 7.25 * (1 - (a.pairs[0]?.validation?.most ?? Number.NaN)), 1e-9);
  });

  it('is in the tables of a terminal', () => {
    const ours = entrant('ours', 'pipeline', paced(1));
    const comparison = compared(ours, theirs);
    const timings = timingsOf([ours, theirs], opposed, carried);
    assert.deepEqual(
      standingsSheet(comparison, timings).rows.map((row) => row[4]),
      ['10.0', '20.0'],
    );
    const [row] = pairsSheet(comparison, timings).rows;
    assert.match(row?.at(-1) ?? '', /^≥? ?\d+%$/);
    assert.deepEqual(methodOfTimings(timings), ['Seconds were measured with 2 workers side by side.']);
    assert.match(methodOfTimings({ ...timings, queue: 'slurm' }).join(), /in jobs of Slurm/);
  });
});

describe('the verdict', () => {
  const base = entrant('base', 'baseline', (seed) => run(seed, 100, 3, 2 + 0.01 * seed));

  it('says that a lower loss is shown', () => {
    const better = entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 1.5 + 0.01 * seed));
    const { verdict, details } = verdictOf(better, base);
    assert.equal(verdict, 'ours ends with a lower validation loss at equal FLOPs than base.');
    assert.match(details.join(' '), /ours saves 1\d\.\d% of the FLOPs \(95% interval/);
  });

  it('has the minus sign of the tables in what is saved where more is spent', () => {
    const dearer = entrant('ours', 'pipeline', (seed) => run(seed, 150, 3, 2 + 0.01 * seed));
    assert.match(
      verdictOf(dearer, base).details.join(' '),
      /costs more: it saves −50\.0% of the FLOPs \(95% interval −50\.0% to −50\.0%\)/,
    );
  });

  it('says what costs more though a seed never comes to the loss', () => {
    const dearer = entrant('ours', 'pipeline', (seed) => run(seed, 150, 3, (seed === 1 ? 2.1 : 2) + 0.01 * seed));
    assert.match(
      verdictOf(dearer, base).details.join(' '),
      /costs more: it saves at most −50\.0% of the FLOPs \(95% interval to −50\.0%\); it ends above it in 1 of 6 seeds, which counts as more than all/,
    );
    assert.ok(pairsSheet(compared(dearer, base)).rows[0]?.includes('5 of 6'));
  });

  it('says so when nothing is shown', () => {
    const alike = entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 2 + 0.01 * seed + (seed % 2 === 0 ? 0.1 : -0.1)));
    const { verdict, details } = verdictOf(alike, base);
    assert.equal(verdict, 'ours: no difference shown at equal FLOPs against base.');
    assert.match(details.join(' '), /ours ends above the validation loss of base \(2\.0350\) in 3 of 6 seeds: no saving shown/);
  });

  /** As `run`, on the finest network from a fifth of the FLOPs on: it came to its first loss there somewhere between that and the half. */
  const late = (seed: number, half: number, end: number): Trace => {
    const { validation, ...rest } = run(seed, 100, half, end);
    const stretch = { begun: { flops: 20, seconds: 2 }, finest: true };
    return { ...rest, validation: validation.map((seen) => ({ ...seen, stretch })) };
  };

  it('says between what a saving lies where the finest network was at the loss when first evaluated', () => {
    const ours = entrant('ours', 'pipeline', (seed) => late(seed, 2, 1.5));
    const { details } = verdictOf(ours, base);
    const [{ race }] = compared(ours, base).pairs as [ReturnType<typeof pairOf>];
    assert.deepEqual(race.validation.atFirstLook, { pipeline: 6, against: 0 });
    assert.match(
      details.join(' '),
      /ours saves from 50\.0% to 80\.0% of the FLOPs \(95% interval 50\.0% to 80\.0%\)\. Already at it when first evaluated: ours \(6 of 6 seeds\); evaluate more often\./,
    );
    assert.ok(pairsSheet(compared(ours, base)).rows[0]?.includes('≥ 50%\n[50%, 80%]'));
  });

  it('shows no saving where the other was evaluated too seldom', () => {
    const rare = entrant('base', 'baseline', (seed) => {
      const trace = run(seed, 100, 3, 2);
      return { ...trace, validation: trace.validation.slice(-1) };
    });
    const ours = entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 1.5));
    assert.match(
      verdictOf(ours, rare).details.join(' '),
      /no difference shown: ours saves at most 16\.7% of the FLOPs \(95% interval to 16\.7%\)\. Already at it when first evaluated: base \(6 of 6 seeds\); evaluate/,
    );
    assert.ok(pairsSheet(compared(ours, rare)).rows[0]?.includes('–'));
  });

  it('names the method of its intervals, and says that few seeds have none', () => {
    const ours = (seeds: readonly number[]) => entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 1.5), [...seeds]);
    const theirs = (seeds: readonly number[]) => entrant('base', 'baseline', (seed) => run(seed, 100, 3, 2), [...seeds]);
    const said = (seeds: readonly number[]): string => methodOf(compared(ours(seeds), theirs(seeds))).join(' ');
    assert.match(said(SEEDS), /by inversion of the exact sign-flip test/);
    assert.match(said([1, 2, 3]), /With fewer than 6 seeds there are no 95% intervals, and nothing can be shown\./);
    const page = (seeds: readonly number[]): string => comparisonPage(compared(ours(seeds), theirs(seeds)), []);
    assert.match(page(SEEDS), /by inversion of the exact sign-flip test/);
  });

  it('of learning rates says that the best factor was at the edge of those that were tried', () => {
    const at = (rateFactor: number) => ({ ...entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 1.5)), rateFactor });
    const said = (rateFactor: number): string =>
      methodOf({ ...compared(at(rateFactor), base), tuned: { factors: [0.3, 1, 3], seed: 0 } }).join(' ');
    assert.match(said(3), /The best factor was the smallest or largest that was tried for ours \(×3\): try further ones\./);
    assert.doesNotMatch(said(1), /try further ones/);
  });

  it('says so when a baseline is better', () => {
    const worse = entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 2.5 + 0.01 * seed));
    assert.equal(verdictOf(worse, base).verdict, 'ours: at equal FLOPs base ends with a lower validation loss; nothing is gained here.');
  });

  it('shows nothing with fewer than six seeds, however large the difference', () => {
    const [few] = [[1, 2, 3, 4, 5]];
    const ours = entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 0.5), few);
    const theirs = entrant('base', 'baseline', (seed) => run(seed, 100, 3, 2), few);
    assert.match(verdictOf(ours, theirs).verdict, /no difference shown at equal FLOPs against base; 5 seeds decide nothing/);
  });

  it('compares no losses with a run that diverged', () => {
    const broken = entrant('ours', 'pipeline', (seed) => ({ ...run(seed, 100, 3, 1), diverged: seed === 3 }));
    const { details } = verdictOf(broken, base);
    assert.match(details.join(' '), /a run diverged, so no losses are compared/);
    assert.match(details.join(' '), /in 1 of 6 seeds: no saving shown/);
  });
});
