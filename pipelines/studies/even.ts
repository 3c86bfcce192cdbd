/**
 * The two-level pipeline of the even-odd study as a file for any command: `npx vcycle plan pipelines/studies/even.ts`. `write-text.ts` makes
 * the text that it trains on. The results are in README.md.
 */
import { even, pipeline, prolongate, restrict, train } from 'vcycle';
import { tables } from './settings.js';

export default pipeline(tables.setup(2, 1), restrict(even), train(4700), prolongate, train(2800));
