/** The page in a real browser, loaded again for each test of a suite, with a model so small that a step takes milliseconds. Not a test itself. */
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { builtSite, PAGE } from './built.js';
import { browserOrSkip } from './chromium.js';
import type { Site } from './site.js';

export const MINUTE = 60_000;

export interface PageUnderTest {
  /** The page of the present test. */
  readonly page: Page;
  readonly textOf: (selector: string) => Promise<string>;
  /** Waits until the element's text matches. */
  readonly says: (selector: string, expected: RegExp) => Promise<unknown>;
  /** What the page's code threw: what a test leaves here fails it. */
  readonly thrown: string[];
}

/** Adds the hooks to the suite that calls it. Without a browser its tests are skipped. */
export const pageUnderTest = (): PageUnderTest => {
  let browser: Browser;
  let site: Site;
  let page: Page;
  const thrown: string[] = [];

  before(async function () {
    browser = await browserOrSkip(this);
    site = await builtSite();
  });

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('pageerror', ({ message }) => thrown.push(message));
    await page.goto(site.address + PAGE);
    for (const [name, value] of Object.entries({ layers: 2, width: 16, heads: 2, context: 16, batch: 4, every: 10, batches: 2, warmup: 2 }))
      await page.fill(`input[name=${name}]`, String(value));
  });

  afterEach(async () => {
    await page.close();
    assert.deepEqual(thrown.splice(0), []);
  });

  after(async () => {
    site?.close();
    await browser?.close();
  });

  return {
    get page() {
      return page;
    },
    textOf: async (selector) => ((await page.textContent(selector)) ?? '').trim(),
    says: (selector, expected) =>
      page.waitForFunction(`${expected}.test(document.querySelector(${JSON.stringify(selector)}).textContent)`, undefined, {
        timeout: 2 * MINUTE,
      }),
    thrown,
  };
};
