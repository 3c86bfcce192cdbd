/** What the paper compares with: 16,000 steps of the whole network. */
import { pipeline, train } from 'vcycle';
import { setup } from './gpt2-tokens.js';

export default pipeline(setup, train(16000));
