/**
 * The even/odd method at the paper's length: 16,000 steps in eight rounds of 880 + 880 + 240. The division into rounds is ours, as in
 * `../published/lauga-2025-even-odd.ts`.
 */
import { setup } from './gpt2-tokens.js';
import { evenAndOdd } from './rounds.js';

export default evenAndOdd(setup, { rounds: 8, coarse: 880, fine: 240 });
