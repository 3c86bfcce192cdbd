/** The laws of a search: its order, its ranges, and a budget that is kept whoever survives. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { adamw, gpt, pipeline, tokens } from '../../dsl/index.js';
import type { Schedule, TrainStage } from '../../src/schedule/schedule.js';
import { openFormOf } from '../../src/schedule/text/index.js';
import { draw, type Space, spaceOf } from '../../src/search/candidates.js';
import { byLoss, mostFlops, rungSizes } from '../../src/search/halving.js';
import { orderOf } from '../../src/search/order.js';
import { type Asked, askedIn, rangeOf, VALUES_OF_RANGE } from '../../src/search/ranges.js';
import { messageOf, rightOf } from '../schedule/results.js';

const SETUP = { model: gpt({ layers: 2, heads: 1, width: 8, context: 8 }), data: tokens(11), optimizer: adamw(), batch: 1, seed: 1 };

const open = pipeline(SETUP, 'restrict(even) >> train(n) >> prolongate(correction: a) >> train(m)', { n: 4, m: 2, a: 0.5 });

const orFail = <A>(result: E.Either<string, A>): A => E.getOrElse((message: string): A => assert.fail(message))(result);
const asked = (over: string): readonly Asked[] => orFail(askedIn(over));
const valuesOf = (one: Asked, whole: boolean): readonly number[] => orFail(rangeOf(one, whole)).values;

const spaceOver = (over: string): Space => rightOf(spaceOf(open, openFormOf(open) ?? assert.fail(), asked(over)));

/** A price that needs no plan: coarse steps cost half. */
const price = ({ stages }: Schedule): number => {
  const [coarse, fine] = stages.filter((stage): stage is TrainStage => stage.kind === 'train').map(({ steps }) => steps);
  return (coarse ?? 0) + 2 * (fine ?? 0);
};

describe('the order of a search', () => {
  it('has each combination once, the same for the same seed, and another one for another', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 }), fc.nat(1000), (sizes, seed) => {
        const order = [...orderOf(sizes, seed)];
        assert.equal(
          new Set(order.map(String)).size,
          sizes.reduce((product, size) => product * size, 1),
        );
        assert.equal(order.length, new Set(order.map(String)).size);
        assert.deepEqual([...orderOf(sizes, seed)], order);
      }),
      { numRuns: 30 },
    );
    assert.notDeepEqual([...orderOf([8, 8], 1)], [...orderOf([8, 8], 2)]);
  });

  it('is spread evenly: among 24 of 8 × 8 combinations each value of each name is there, and none more than six times', () => {
    for (let seed = 0; seed < 20; seed++) {
      const first = [...orderOf([8, 8], seed)].slice(0, 24);
      for (const dimension of [0, 1])
        for (let value = 0; value < 8; value++) {
          const many = first.filter((combination) => combination[dimension] === value).length;
          assert.ok(many >= 1 && many <= 6, `seed ${seed}: value ${value} of name ${dimension} ${many} times`);
        }
    }
  });
});

describe('ranges', () => {
  it('have their ends and as many values as that, a constant factor apart; counts are integers', () => {
    const [n] = asked('n: 100..2000');
    assert.deepEqual(valuesOf(n ?? assert.fail(), true), [100, 153, 235, 361, 554, 850, 1304, 2000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.nat(1e6), fc.boolean(), (low, more, whole) => {
        const values = valuesOf({ name: 'n', low, high: low + more }, whole);
        assert.equal(values[0], low);
        assert.equal(values.at(-1), low + more);
        assert.ok(values.length <= VALUES_OF_RANGE && values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0)));
        if (whole) assert.ok(values.every(Number.isInteger));
      }),
    );
  });

  it('may be lists, and are refused with a sentence', () => {
    assert.deepEqual(asked('n: 100..2000, m: 50|100'), [
      { name: 'n', low: 100, high: 2000 },
      { name: 'm', values: [50, 100] },
    ]);
    const refused: readonly (readonly [string, RegExp])[] = [
      ['', /must name what is searched: .* \(was nothing\)/],
      ['n', /It must be NAME: LOW\.\.HIGH .* \(was n\)/],
      ['n: 2..1', /range of n must hold a value, with the lesser end first \(was 2\.\.1\)/],
      ['n: 0..1', /range of n must begin above 0, .*; list values instead \(was 0\.\.1\)/],
      ['n: 1..x', /It must be NAME/],
      ['n: 1|x', /values of n must be numbers \(was 1\|x\)/],
      ['n:', /values of n must be numbers \(was nothing\)/],
      ['n: 1|1', /Each value of n must be named once/],
      ['n: 1..2, n: 3..4', /Each name must have one range \(was n twice\)/],
    ];
    for (const [text, sentence] of refused) {
      assert.match(E.toUnion(E.map(() => 'accepted')(askedIn(text))), sentence, text);
    }
  });

  it('must be of free names, and of values with which the pipeline is valid', () => {
    const form = openFormOf(open) ?? assert.fail();
    const fault = (over: string): string => messageOf(spaceOf(open, form, asked(over)));
    assert.match(fault('k: 1..2'), /^k is not a free name of the pipeline's text; its names are n, a, m/);
    assert.match(fault('n: 1.5..2'), /ends of the range of n must be integers, since it stands for a count \(was 1\.5\)/);
    assert.match(fault('a: 0.5|2'), /^with a 2 the pipeline is not valid: a: .*\(was 2\)/);
    assert.equal(openFormOf({ ...open }), undefined);
    assert.equal(openFormOf(pipeline(SETUP, 'train(4)'))?.stages.length, 1);
  });
});

describe('successive halving', () => {
  it('keeps the better half, and those that diverged last', () => {
    assert.deepEqual(rungSizes(26, 3), [26, 13, 7]);
    assert.deepEqual(rungSizes(1, 3), [1, 1, 1]);
    const measured = [
      { losses: [Number.NaN] },
      { losses: [3, 1] },
      { losses: [Number.POSITIVE_INFINITY] },
      { losses: [1] },
      { losses: [2] },
    ];
    assert.deepEqual(
      byLoss(measured).map(({ losses }) => losses[0]),
      [1, 3, 2, Number.NaN, Number.POSITIVE_INFINITY],
    );
  });

  it('costs at most what is reserved, whoever survives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ flops: fc.integer({ min: 1, max: 1000 }), luck: fc.integer() }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        (candidates, seeds) => {
          let left = candidates;
          let spent = 0;
          for (const size of rungSizes(candidates.length, seeds)) {
            left = [...left].sort((a, b) => a.luck - b.luck).slice(0, size);
            spent += left.reduce((sum, { flops }) => sum + flops, 0);
          }
          assert.ok(spent <= mostFlops(candidates, seeds));
        },
      ),
    );
  });

  it('draws as many candidates as the budget holds, and with a larger one the same and more', () => {
    const space = spaceOver('n: 10..100, m: 5..50');
    const drawn = (all: number, run?: number) =>
      rightOf(draw(space, (schedule) => E.right(price(schedule)), { all, ...(run === undefined ? {} : { run }) }, 3, 1));
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 20_000 }), fc.integer({ min: 0, max: 20_000 }), (all, more) => {
        const [few, many] = [drawn(all), drawn(all + more)];
        assert.ok(few.reserved <= all && few.candidates.length >= 1);
        if (few.tooExpensive === 0) assert.deepEqual(many.candidates.slice(0, few.candidates.length), few.candidates);
      }),
      { numRuns: 30 },
    );
    assert.ok(drawn(1e6, 60).candidates.every(({ flops }) => flops <= 60));
    assert.deepEqual([drawn(1e6).candidates.length, drawn(1e6).exhausted], [64, true]);
    assert.deepEqual([drawn(59).candidates, drawn(59).cheapest], [[], 20]);
  });
});
