/**
 * The setting of `nanogpt-cpu.ts` as a two-level schedule: as many steps, of which the first 1,760 train every second layer only.
 */
import { even, pipeline, prolongate, restrict, train } from 'vcycle';
import { setup } from './nanogpt-cpu.js';

export default pipeline(setup, restrict(even), train(1760), prolongate, train(240));
