/**
 * Whether the system's loader opens a shared library: how a driver is found to be there before a runtime is asked that would speak of it in
 * its own words.
 */
import { constants } from 'node:os';
import { messageOf } from '../../src/thrown.js';

/** Why the system's loader does not open the library; undefined when it does. (Node then only misses an addon in it.) */
export const whyNotOpened = (library: string): string | undefined => {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_LAZY);
    return undefined;
  } catch (error) {
    const message = messageOf(error);
    return /cannot open shared object file|undefined symbol|version .* not found|invalid ELF/.test(message) ? message : undefined;
  }
};
