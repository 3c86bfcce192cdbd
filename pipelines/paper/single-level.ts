/** The paper's baseline: 16,000 steps of the complete network. */
import { pipeline, train } from 'vcycle';
import { setup } from './gpt2-tokens.js';

export default pipeline(setup, train(16000));
