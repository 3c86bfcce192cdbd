/** The study of one rate for all depths: its page says what follows from the losses by seed, and each loss is of the rate and depth that it is said to be of. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { bestOf, byDepth, oneRateResults, oneRateTable, PARAMETRISATIONS } from '../../pipelines/studies/one-rate.js';
import { ONE_RATE_PEAK } from '../../pipelines/studies/settings.js';
import { studies } from '../../pipelines/studies/studies.js';

describe('one rate for all depths', () => {
  const results = oneRateResults();

  it('has every arm of the study, with six seeds each', () => {
    for (const parametrisation of PARAMETRISATIONS) {
      const { arms } = studies.get(`one-rate-${parametrisation}`) ?? assert.fail();
      const found = results.filter((each) => each.parametrisation === parametrisation).map(({ layers, rate }) => `${layers} ${rate}`);
      assert.deepEqual(
        found,
        arms.map(({ layers, rateFactor = 1 }) => `${layers} ${ONE_RATE_PEAK * rateFactor}`),
      );
    }
    assert.ok(results.every(({ losses }) => losses.length === 6 && losses.every(Number.isFinite)));
  });

  it('is one study at the depth of the base, where both parametrisations are the same runs to the bit', () => {
    const [standard, completeP] = PARAMETRISATIONS.map((parametrisation) =>
      results.filter((each) => each.parametrisation === parametrisation && each.layers === 2).map(({ losses }) => losses),
    );
    assert.deepEqual(completeP, standard);
  });

  it('has no best rate at the edge of those that were tried, but where the page says so', () => {
    const page = readFileSync('pipelines/studies/README.md', 'utf8').replace(/\s+/g, ' ');
    for (const rates of byDepth(results)) {
      const { rate, layers, parametrisation } = bestOf(rates);
      const all = rates.map((each) => each.rate);
      const edge = rate === Math.min(...all) || rate === Math.max(...all);
      assert.ok(
        !edge || page.includes(`${layers} layers, ${parametrisation}: the best rate is at the edge`),
        `${layers} ${parametrisation}`,
      );
    }
  });

  it('has its table on the page', () => {
    const page = readFileSync('pipelines/studies/README.md', 'utf8').replace(/ +/g, ' ');
    for (const row of oneRateTable(results).slice(2)) assert.ok(page.includes(row.replace(/ +/g, ' ')), row);
  });
});
