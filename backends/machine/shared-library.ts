/** Whether the system's loader can open a shared library, to check for a driver before a runtime reports it in its own words. */
import { constants } from 'node:os';
import { messageOf } from '../../src/thrown.js';

/** Why the system's loader cannot open the library; undefined when it can. (Node then only complains that it is not an addon.) */
export const whyNotOpened = (library: string): string | undefined => {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_LAZY);
    return undefined;
  } catch (error) {
    const message = messageOf(error);
    return /cannot open shared object file|undefined symbol|version .* not found|invalid ELF/.test(message) ? message : undefined;
  }
};
