/**
 * The conformance suite in a real browser, on every backend that works in one. The suite is the same as in Node; it runs in a page and
 * reports from there.
 */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { builtSite, CONFORMANCE } from './built.js';
import { browserOrSkip, packedBrowser } from './chromium.js';
import type { Outcome } from './in-browser/outcome.js';
import type { Site } from './site.js';

const MINUTE = 60_000;

/** In two rows, for two cores: what takes long on SwiftShader, and the others beside it. */
const ROWS = [['onnx-webgpu'], ['tfjs-webgpu', 'onnx-wasm', 'tfjs-wasm', 'tfjs-cpu']] as const;

describe('conformance in a browser', function () {
  this.timeout(10 * MINUTE);
  let browser: Browser;
  let site: Site;
  const outcomes = new Map<string, Promise<readonly Outcome[]>>();

  const outcomesOf = async (name: string): Promise<readonly Outcome[]> => {
    const page = await browser.newPage();
    page.on('console', (message) => {
      if (/skipped:/.test(message.text())) console.log(`      ${message.text().trim()}`);
    });
    await page.goto(`${site.address}${CONFORMANCE}?backends=${name}`);
    const done = await page.waitForFunction('window.outcomes', undefined, { timeout: 8 * MINUTE });
    const all = (await done.jsonValue()) as readonly Outcome[];
    await page.close();
    return all;
  };

  before(async function () {
    browser = await browserOrSkip(this);
    site = await builtSite();
    for (const row of ROWS) {
      let before: Promise<unknown> = Promise.resolve();
      for (const name of row) {
        const after = before.then(() => outcomesOf(name));
        // Each is awaited by its own test, which tells what went wrong.
        after.catch(() => undefined);
        outcomes.set(name, after);
        before = after.catch(() => undefined);
      }
    }
  });

  for (const name of ROWS.flat())
    it(`${name} keeps the contract`, async function () {
      const all = (await outcomes.get(name)) ?? assert.fail();
      const of = (state: Outcome['state']): readonly Outcome[] => all.filter((outcome) => outcome.state === state);
      const [passed, failed, skipped] = [of('passed').length, of('failed').length, of('skipped').length];
      console.log(`      conformance  ${name.padEnd(12)} ${passed} passed, ${failed} failed, ${skipped} skipped, in a browser`);
      assert.deepEqual(of('failed'), []);
      if (packedBrowser || of('skipped').length === 0) {
        assert.deepEqual(of('skipped'), [], 'nothing is skipped where there is a device');
        assert.ok(of('passed').length > 60, 'the whole suite ran');
      } else if (of('passed').length === 0) this.skip();
    });

  after(async () => {
    site?.close();
    await browser?.close();
  });
});
