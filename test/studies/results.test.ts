/**
 * The studies obey the tool's own rule: their README claims no difference that a sign-flip test at 5 % does not show, and all its intervals follow
 * from the losses by seed that are in `results/`.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { oneRateResults } from '../../pipelines/studies/one-rate.js';
import { averageOf, type Cost, type Estimate, pairedDifference, type Saving, saving } from '../../src/report/comparison/statistics.js';

const STUDIES = 'pipelines/studies';

/** Losses by seed of one who took part, whatever file they are from. */
interface Arm {
  readonly name: string;
  readonly flops: number;
  readonly losses: readonly number[];
}

interface Races {
  readonly validation: Record<string, unknown>;
  readonly training: Record<string, unknown>;
}

interface Study {
  readonly file: string;
  readonly arms: readonly Arm[];
  /** What the file says of savings, and what its costs by seed come to. */
  readonly savings: readonly { readonly stored: Saving; readonly computed: Saving | undefined }[];
  /** What the file says of differences, and what its losses by seed come to. */
  readonly differences: readonly { readonly stored: Estimate; readonly computed: Estimate }[];
}

const read = (file: string) => JSON.parse(readFileSync(`${STUDIES}/results/${file}`, 'utf8'));

const ofArms = (file: string): Study => {
  const { arms, reference } = read(file) as {
    readonly reference: string;
    readonly arms: readonly (Omit<Arm, 'name'> & { readonly arm: string; readonly difference?: Estimate; readonly saving?: Saving })[];
  };
  const against = arms.find(({ arm }) => arm === reference)?.losses ?? [];
  return {
    file,
    arms: arms.map(({ arm: name, flops, losses }) => ({ name, flops, losses })),
    savings: arms.flatMap(({ saving: stored }) => (stored === undefined ? [] : [{ stored, computed: undefined }])),
    differences: arms.flatMap(({ difference, losses }) =>
      difference === undefined ? [] : [{ stored: difference, computed: pairedDifference(losses, against) }],
    ),
  };
};

const ofComparison = (file: string): Study => {
  const { standings, pairs } = read(file) as {
    readonly standings: readonly { name: string; flops: number; runs: readonly { readonly validation: number }[] }[];
    readonly pairs: readonly {
      readonly losses: { readonly validation: { readonly pipeline: readonly number[]; readonly against: readonly number[] } };
      readonly difference: { readonly validation: Estimate };
      readonly race: Races;
    }[];
  };
  return {
    file,
    arms: standings.map(({ name, flops, runs }) => ({ name, flops, losses: runs.map(({ validation }) => validation) })),
    savings: pairs.flatMap(({ race }) =>
      [race.validation, race.training].flatMap((one) => {
        const { flops, saving: stored } = one as { flops?: { pipeline: readonly Cost[]; against: readonly Cost[] }; saving?: Saving };
        return stored === undefined || flops === undefined ? [] : [{ stored, computed: saving(flops.pipeline, flops.against) }];
      }),
    ),
    differences: pairs.map(({ losses: { validation }, difference }) => ({
      stored: difference.validation,
      computed: pairedDifference(validation.pipeline, validation.against),
    })),
  };
};

const jsonIn = (folder: string): readonly string[] => readdirSync(`${STUDIES}/results/${folder}`).filter((name) => name.endsWith('.json'));
const STUDIED = jsonIn('')
  .filter((name) => !name.endsWith('-transfers.json'))
  .map(ofArms);
const COMPARED = jsonIn('paper')
  .filter((name) => !name.endsWith('-losses.json'))
  .map((name) => ofComparison(`paper/${name}`));
const ALL = [...STUDIED, ...COMPARED];

/** As the README writes a figure and its interval, whichever of the two contenders it is about: sizes, the smaller end first. */
const written = (value: number, low: number, high: number, show: (value: number) => string): string => {
  const [a, b] = value < 0 ? [-high, -low] : [low, high];
  return `${show(Math.abs(value))} [${show(a)}, ${show(b)}]`;
};
const digits = (count: number) => (value: number) => value.toFixed(count).replace(/^-(0\.?0*)$/, '$1');
const percent = (value: number): string => String(Math.round(100 * value)).replace(/^-0$/, '0');

const README = readFileSync(`${STUDIES}/README.md`, 'utf8').replaceAll('−', '-').replace(/\s+/g, ' ');

describe("the studies' results", () => {
  for (const { file, differences, savings } of ALL)
    it(`are what their losses by seed come to: ${file}`, () => {
      for (const { stored, computed } of differences) {
        assert.equal(stored.shown, computed.shown);
        assert.ok(Math.abs(stored.value - computed.value) < 1e-9 && Math.abs(stored.p - computed.p) < 1e-9);
        assert.deepEqual(stored.interval === undefined, computed.interval === undefined);
      }
      for (const { stored, computed } of savings)
        if (computed !== undefined) assert.deepEqual(stored, JSON.parse(JSON.stringify(computed)));
    });
});

/** Both parametrisations at every rate and depth, whose runs are in two files. */
const ONE_RATE: Pick<Study, 'arms'> = {
  arms: oneRateResults().map(({ parametrisation, layers, rate, losses }) => ({
    name: `${parametrisation} ${layers} ${rate}`,
    flops: layers,
    losses,
  })),
};

describe("the studies' README", () => {
  const pairs = [...ALL, ONE_RATE]
    .flatMap(({ arms }) =>
      arms.flatMap((one) => arms.filter((other) => other !== one).map((other) => pairedDifference(one.losses, other.losses))),
    )
    .filter(({ interval }) => interval !== undefined);

  it('has intervals of differences that follow from the results, and claims none that holds 0', () => {
    const found = [...README.matchAll(/([+-]?)(\d\.\d{3,4}) \[(-?\d\.\d{3,4}), (-?\d\.\d{3,4})\](: no difference shown)?/g)];
    assert.ok(found.length > 30, `${found.length} intervals`);
    for (const [text, sign, value = '', low = '', high = '', unshown] of found) {
      const count = value.length - 2;
      const size = written(Number(`${sign === '-' ? '-' : ''}${value}`), Number(low), Number(high), digits(count));
      const match = pairs.find((pair) => written(pair.value, pair.interval?.low ?? 0, pair.interval?.high ?? 0, digits(count)) === size);
      assert.ok(match !== undefined, `${text} follows from no losses`);
      assert.equal(match.shown, unshown === undefined, `${text}: ${match.shown ? 'is shown' : 'claims what is not shown'}`);
    }
  });

  it('has intervals of savings that follow from the results', () => {
    const known = new Set(
      COMPARED.flatMap(({ savings }) =>
        savings.flatMap(({ stored: { least, interval } }) =>
          least === undefined || interval?.low === undefined ? [] : [written(least, interval.low, interval.high, percent)],
        ),
      ),
    );
    const found = [...README.matchAll(/(\d+) % \[(\d+) %, (\d+) %\]/g)];
    assert.ok(found.length > 1, `${found.length} intervals`);
    for (const [text, value, low, high] of found) assert.ok(known.has(`${value} [${low}, ${high}]`), `${text} follows from no costs`);
  });

  it('sets in bold the loss alone that is shown to be below that of each other for as many FLOPs', () => {
    const found = [...README.matchAll(/\*\*(\d\.\d{4} ± \d\.\d{4})\*\*/g)];
    assert.ok(found.length > 1, `${found.length} losses`);
    for (const [text, loss] of found) {
      const lowest = ALL.some(({ arms }) =>
        arms.some((arm) => {
          const { mean, standardError } = averageOf(arm.losses);
          if (loss !== `${mean.toFixed(4)} ± ${standardError.toFixed(4)}`) return false;
          const rivals = arms.filter((other) => other !== arm && Math.abs(other.flops / arm.flops - 1) < 0.01);
          return (
            rivals.length > 0 &&
            rivals.every(({ losses }) => {
              const { value, shown } = pairedDifference(arm.losses, losses);
              return shown && value < 0;
            })
          );
        }),
      );
      assert.ok(lowest, `${text} is not shown to be the lowest`);
    }
  });
});
