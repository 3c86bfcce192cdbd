/** The conformance suite in a page, on the backends that the address names: `?backends=tfjs-webgpu,onnx-webgpu`. Run by `test/web`. */
import 'mocha/mocha.js';
import { browserBackends } from '../../../web/backends.js';
import { conformance } from '../../backends/conformance.js';
import type { Outcome } from './outcome.js';

declare global {
  interface Window {
    /** What came of each test, once all are done. */
    outcomes?: readonly Outcome[];
  }
}

mocha.setup({ ui: 'bdd', timeout: 300_000 });
const names = new URLSearchParams(location.search).get('backends')?.split(',') ?? [];
for (const { name, create } of browserBackends.filter((backend) => names.includes(backend.name)))
  conformance(name, create, { whenUnavailable: 'skip' });

const outcomes: Outcome[] = [];
const runner = mocha.run(() => {
  window.outcomes = outcomes;
});
runner.on('pass', (test) => outcomes.push({ title: test.fullTitle(), state: 'passed' }));
runner.on('pending', (test) => outcomes.push({ title: test.fullTitle(), state: 'skipped' }));
runner.on('fail', (test, error: Error) => outcomes.push({ title: test.fullTitle(), state: 'failed', message: error.message }));
