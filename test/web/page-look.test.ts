/** How the page looks and is worked with: by hand and by keyboard, on a phone, with long pipelines, with little motion, without colours. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { MINUTE, pageUnderTest } from './page-under-test.js';

/** Relative luminance of sRGB, 0 to 255 each (WCAG 2.2). */
const luminance = (rgb: readonly number[]): number => {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
/** Of `rgb(0, 114, 178)`. */
const numbersIn = (colour: string): readonly number[] => (colour.match(/\d+/g) ?? []).slice(0, 3).map(Number);
const contrast = (one: readonly number[], other: readonly number[]): number => {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

describe('the look of the page', function () {
  this.timeout(5 * MINUTE);
  const under = pageUnderTest();
  const { textOf, says } = under;
  let page: Page;
  beforeEach(() => {
    page = under.page;
  });

  it('stays usable with a pipeline of 60 stages: they scroll in their place, and the totals stay in sight', async () => {
    await page.fill('#pipeline', 'repeat(15, restrict(even) >> train(2) >> prolongate >> train(1))');
    await says('#plan-note', /over 45 steps/);
    assert.equal(await page.locator('#bars .scroll li').count(), 30);
    assert.equal(await page.locator('#plan-table tbody tr').count(), 60 + 30 + 4, 'stages, evaluations, totals');
    const tall = await page.evaluate<number>('document.querySelector("#plan-section").getBoundingClientRect().height');
    // The picture of the cycle takes a row for each level, however many stages there are.
    assert.equal(await page.locator('#cycle svg').count(), 1);
    assert.ok(tall < 1700, `the plan is ${tall} pixels tall`);
    assert.ok(await page.isVisible('#bars .fine'));
    for (const place of ['#bars .scroll', '#plan-table .scroll']) {
      assert.equal(await page.getAttribute(place, 'tabindex'), '0', `${place} can be scrolled with the keyboard`);
      assert.notEqual((await page.getAttribute(place, 'aria-label')) ?? '', '');
    }
  });

  it('shows the range of a stage whose end decides, and then what happened', async () => {
    await page.fill('#pipeline', 'restrict(even) >> train(until.loss(100, on: training(3), atMost: 40)) >> prolongate >> train(2)');
    await says('#sentence', /^Sound: 4 stages, at most 42 training steps\.$/);
    await says('#plan-note', /over 5 to 42 steps.*, if no end is met\.$/);
    await says('#plan-table', /or fewer, from/);
    const bar = page.locator('#bars li').first();
    assert.match((await bar.textContent()) ?? '', /^train until loss, at most 40, level 1, 1 layer.* to .*FLOP \(.*% to .*%\)$/);
    assert.equal(await bar.locator('.bar.open').count(), 1);
    await page.click('#run');
    await says('#status', /^Finished\.$/);
    assert.equal(await page.evaluate('document.querySelector("#progress").value'), 1, 'nothing is to come');
    assert.equal(await textOf('#ends'), 'Stage 2, train until loss, at most 40: ended by loss (3 of 40)');
    assert.match(await textOf('#run-table'), /ended by loss \(3 of 40\)/);
  });

  it('draws seldom for those who asked for less motion', async () => {
    const drawings = async (): Promise<number> => {
      await page.fill('#pipeline', 'train(100000)');
      await says('#plan-note', /over 100000 steps/);
      await page.click('#run');
      await page.waitForSelector('#words:not([hidden])');
      const count = await page.evaluate<number>(`new Promise((resolve) => {
        let changes = 0;
        new MutationObserver(() => { changes += 1; }).observe(document.querySelector('#words'), { childList: true });
        setTimeout(() => resolve(changes), 1500);
      })`);
      await page.click('#stop');
      await says('#status', /^Stopped /);
      return count;
    };
    const usual = await drawings();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const calm = await drawings();
    assert.ok(usual >= 3 && calm <= 1, `${usual} and ${calm} changes`);
  });

  it('draws bars that can be seen and told apart, without colours too', async () => {
    await page.fill('input[name=layers]', '8');
    const down = 'restrict(even) >> train(1)';
    await page.fill('#pipeline', `train(1) >> ${down} >> ${down} >> ${down} >> prolongate >> prolongate >> prolongate`);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForSelector('#bars .level-3');
      // The colour of a border is that of its bar.
      const looks = await page.evaluate<readonly { bar: string; sheet: string; pattern: string }[]>(`
        [...document.querySelectorAll('#bars .scroll .bar')].map((bar) => ({
          bar: getComputedStyle(bar).borderTopColor,
          sheet: getComputedStyle(bar.closest('.panel')).backgroundColor,
          pattern: getComputedStyle(bar).backgroundImage,
        }))`);
      assert.equal(looks.length, 4);
      assert.equal(new Set(looks.map(({ pattern }) => pattern)).size, 4, 'each level has a pattern of its own');
      for (const { bar, sheet } of looks) assert.ok(contrast(numbersIn(bar), numbersIn(sheet)) >= 3, `${bar} on ${sheet}, ${colorScheme}`);
    }
  });

  it('can be used with the keyboard alone, every control named; fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    assert.ok(wide <= 390, `the page is ${wide} wide`);
    const names = await page.$$eval('input, select, textarea, button', (all) =>
      all.map((control) => ('labels' in control && control.labels?.[0]?.textContent) || control.textContent || ''),
    );
    assert.ok(names.length > 15 && names.every((name) => name.trim() !== ''), names.join());
    await page.fill('#pipeline', 'train(3)');
    await page.waitForSelector('#run:not([disabled])');
    await page.focus('#backend');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.id'), 'run');
    await page.keyboard.press('Enter');
    await says('#status', /^Finished\.$/);
    assert.equal(await page.evaluate('document.activeElement.id'), 'run', 'the focus is where it was');
  });
});
