/** The conformance suite in a page, on the backends that the address names: `?backends=tfjs-webgpu,onnx-webgpu`. Run by `test/web`. */
import 'mocha/mocha.js';
import { backendNames } from '../../../web/backend-menu.js';
import { createBackend } from '../../../web/registry.js';
import { conformance } from '../../backends/conformance.js';
import type { Outcome } from './outcome.js';

declare global {
  interface Window {
    /** The result of each test, once all are done. */
    outcomes?: readonly Outcome[];
  }
}

mocha.setup({ ui: 'bdd', timeout: 300_000 });
const names = new URLSearchParams(location.search).get('backends')?.split(',') ?? [];
for (const name of backendNames.filter((known) => names.includes(known)))
  conformance(name, () => createBackend(name), { whenUnavailable: 'skip' });

const outcomes: Outcome[] = [];
const runner = mocha.run(() => {
  window.outcomes = outcomes;
});
runner.on('pass', (test) => outcomes.push({ title: test.fullTitle(), state: 'passed' }));
runner.on('pending', (test) => outcomes.push({ title: test.fullTitle(), state: 'skipped' }));
runner.on('fail', (test, error: Error) => outcomes.push({ title: test.fullTitle(), state: 'failed', message: error.message }));
