/** What the declarations of `constructs.ts` say, to whoever imports them: the same as the source. */
import { type DepthOf, even, pipeline, prolongate, restrict, train } from 'vcycle';
import type start from './made/constructs.js';
import { branches, cautious, cycles, grouped, type inCode, type inText, prolongations, setup, under } from './made/constructs.js';

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const holds = <Claim extends true>(claim: Claim): Claim => claim;

holds<Equal<DepthOf<typeof start>, 12>>(true);
holds<Equal<DepthOf<typeof inCode>, 12>>(true);
holds<Equal<DepthOf<typeof inText>, 24>>(true);

export const right = [
  pipeline(setup, cycles.vCycle, cycles.cascade, cycles.vCycle, branches.weighted, under),
  pipeline(setup, grouped, train(1), prolongations.correction, cautious(restrict(even), prolongate)),
];

// @error stage 1, prolongate: no finer level is open (was at level 0); put a restrict before it
pipeline(setup, prolongations.mix);
// @error the pipeline must end on level 0 (was level 1); put a prolongate after the last stage for each level still open
pipeline(setup, grouped);
// @error stage 10, prolongate: no finer level is open (was at level 0); put a restrict before it
pipeline(setup, cycles.vCycle, prolongations.plain);
