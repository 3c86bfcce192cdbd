/**
 * The setting of `nanogpt-cpu.ts` as a two-level schedule: as many steps, of which the first 1,760 train every second layer only.
 *
 * Seen (onnx-cpu, one seed; results/two-level.json): validation loss 1.9104 after 4.47 TFLOP, where the fine level alone takes 7.93 TFLOP
 * to 1.9102. That is a saving of 43.6% against the same number of fine steps, and says no more: what two layers alone reach with as many
 * FLOPs was not run here.
 */
import { even, pipeline, prolongate, restrict, train } from 'vcycle';
import { setup } from './nanogpt-cpu.js';

export default pipeline(setup, restrict(even), train(1760), prolongate, train(240));
