/** The options of a model that say how its values and rates depend on its size, with their defaults. Not here: bounds, which the verifier checks. */
import { given } from '../src/options.js';
import type { Parametrised } from '../src/schedule/schedule.js';

export interface ParametrisationOptions {
  /**
   * `standard` (the default), or `completeP` (Dey et al., 2025): one learning rate for networks of all depths and widths, by step sizes, initial
   * values, rates and ε that depend on them.
   */
  readonly parametrisation?: 'standard' | 'completeP';
  /** The depth at which completeP is the standard parametrisation; 2 by default. */
  readonly baseLayers?: number;
  /** The width at which it is; 256 by default. */
  readonly baseWidth?: number;
}

/** As in the paper. */
const usualBase = { baseLayers: 2, baseWidth: 256 } as const;

/** The standard parametrisation has no such keys, so that equal models are equal schedules. */
export const withoutStandard = <Options extends ParametrisationOptions>(
  options: Options,
): Omit<Options, keyof ParametrisationOptions> & Parametrised => {
  const { parametrisation, baseLayers, baseWidth, ...others } = options;
  const base = given({ baseLayers, baseWidth });
  return parametrisation === undefined || parametrisation === 'standard'
    ? { ...others, ...base }
    : { ...others, parametrisation, ...usualBase, ...base };
};
