/**
 * MG/Opt: Nash (2000), "A multigrid approach to discretized optimization problems", Optimization Methods and Software 14.
 *
 * The coarse objective is corrected to agree with the fine one to first order (tau), and a line search on the fine objective shortens the
 * returned correction until it descends.
 *
 * Reported: a method for discretised optimisation problems in general, with a proof of convergence; nothing on transformers.
 * Changed for scale: a transformer of 12 layers × 128 on characters, and mini-batches: both gradients are means over four of them, and the line
 * search evaluates four. Ours: SGD without momentum, whose step is the one that the theory assumes; the lengths.
 */
import { constant, even, gpt, pipeline, prolongate, repeat, restrict, sgd, train } from 'vcycle';
import { common, size } from '../setting.js';

const learningRate = constant(0.1, { warmup: 100 });
const setup = { ...common, model: gpt({ layers: 12, ...size }), optimizer: sgd({ learningRate, momentum: 0 }) };
const down = restrict(even, { tau: { batches: 4 } });
const up = prolongate({ correction: 1, lineSearch: { tries: 4, batches: 4 } });

export default pipeline(setup, repeat(16, train(20), down, train(80), up, train(20)));
