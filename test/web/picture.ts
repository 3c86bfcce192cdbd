/**
 * Draws `docs/images/in-the-browser.png`: the page in the browser that the tests use, after a run of its first example. Not a test:
 * `npm run build && node dist/test/web/picture.js`.
 */
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { builtSite, PAGE } from './built.js';
import { launchBrowser } from './chromium.js';

const launched = await launchBrowser();
if (E.isLeft(launched)) {
  console.error(launched.left);
  process.exitCode = 1;
} else {
  const site = await builtSite();
  const page = await launched.right.newPage({ viewport: { width: 1280, height: 1000 }, deviceScaleFactor: 1.5 });
  await page.goto(site.address + PAGE);
  await page.fill('#pipeline', 'restrict(even) >> train(600) >> prolongate >> train(200)');
  await page.fill('input[name=every]', '100');
  // The plan's bars are enough for a picture.
  await page.click('#plan-details summary');
  await page.waitForSelector('#run:not([disabled])');
  await page.click('#run');
  await page.waitForSelector('#ended:not([hidden])', { timeout: 300_000 });
  // The last drawing of the curves.
  await page.waitForFunction(`/over 800 steps/.test(document.querySelector('#chart-flops').getAttribute('aria-label'))`);
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join('docs', 'images', 'in-the-browser.png') });
  site.close();
  await launched.right.close();
}
