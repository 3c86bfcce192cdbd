/** The package `vcycle/backends/null`: a backend that computes nothing and counts, for programs that plan. */
import { opening } from '../../src/open-backend.js';
import * as counting from './null.js';

export type * from '../../src/backend.js';
export type { OpenBackend } from '../../src/open-backend.js';
export type { Result } from '../../src/result.js';
export { nullCapabilities } from './null.js';

export const createNull = opening(counting.createNull);
