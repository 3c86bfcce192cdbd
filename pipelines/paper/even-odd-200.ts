/** The same method in 200 steps, a few minutes on two cores: two rounds of 40 + 40 + 20, with an equally short warm-up. */
import { constant, sgd } from 'vcycle';
import { setup } from './gpt2-tokens.js';
import { evenAndOdd } from './rounds.js';

const short = { ...setup, optimizer: sgd({ learningRate: constant(0.1, { warmup: 20 }) }), evaluation: { every: 0, batches: 5 } };

export default evenAndOdd(short, { rounds: 2, coarse: 40, fine: 20 });
