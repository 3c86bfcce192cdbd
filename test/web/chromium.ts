/**
 * A real headless browser with WebGPU: the Chromium of the npm package @sparticuz/chromium on SwiftShader where that runs (no root, no system
 * package), else (or with VCYCLE_TEST_GPU=1) a Chrome that is installed, on the machine's own GPU.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { type Browser, chromium } from 'playwright-core';
import { firstLineOf } from '../../src/thrown.js';
import { packedRunsHere, unpacked } from '../backends/packed-chromium.js';
import { swiftshaderEnvironment } from '../backends/swiftshader.js';

const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
const SOFTWARE = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

/** Whether the browser is the packed one, which every Linux machine on x86-64 can run: there nothing may be skipped. */
export const packedBrowser = packedRunsHere && process.env.VCYCLE_TEST_GPU !== '1';

/** The packed fonts' own configuration looks for them elsewhere, and Chromium ends itself where it finds none. */
const fontconfig = async (): Promise<string> => {
  const fonts = await unpacked('fonts');
  const file = join(fonts, 'here.conf');
  await writeFile(
    file,
    `<fontconfig><dir>${join(fonts, 'fonts')}</dir><dir>/usr/share/fonts</dir><cachedir>${join(fonts, 'cache')}</cachedir></fontconfig>`,
  );
  return file;
};

const launchPacked = async (): Promise<Browser> => {
  const [folder, libraries] = [await unpacked('chromium'), await unpacked('libraries')];
  const { LD_LIBRARY_PATH = '', ...vulkan } = await swiftshaderEnvironment();
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: [...SOFTWARE, ...QUIET],
    env: {
      ...process.env,
      ...vulkan,
      LD_LIBRARY_PATH: `${join(libraries, 'lib')}:${LD_LIBRARY_PATH}`,
      FONTCONFIG_FILE: await fontconfig(),
    },
  });
};

const launchInstalled = (): Promise<Browser> => chromium.launch({ channel: 'chrome', args: ['--enable-unsafe-webgpu', ...QUIET] });

/** Left: why there is no browser. The packed one has no excuse: what it throws is a failure of the test. */
export const launchBrowser = async (): Promise<E.Either<string, Browser>> => {
  if (packedBrowser) return E.right(await launchPacked());
  try {
    return E.right(await launchInstalled());
  } catch (error) {
    return E.left(`no Chrome is installed that could be started (${firstLineOf(error)})`);
  }
};

/** The browser of a suite, for its `before` hook. Without one its tests are skipped, and the reason is printed. */
export const browserOrSkip = async (suite: Mocha.Context): Promise<Browser> => {
  const launched = await launchBrowser();
  if (E.isRight(launched)) return launched.right;
  console.log(`      skipped: ${launched.left}`);
  return suite.skip();
};
