/**
 * A process that trains keeps little JavaScript: its young generation stays at a megabyte. V8 would let it grow while modules are loaded and programs
 * are traced, and keep 33 MB of it to the end of the run (docs/decisions/0019).
 */
import { setFlagsFromString } from 'node:v8';

/**
 * From now on: what has grown stays. V8 reads the factor each time that the young generation is full; on Node's command line it would be taken for 2.
 */
export const keepYoungGenerationSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');
