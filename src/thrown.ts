/**
 * What a thrown value says of itself: anything may be thrown, and most of it is an `Error` of the system's or of a package's.
 * Not here: what a user is told of it (`fault.ts`).
 */

/** Its message. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** The first line of its message: what follows are often addresses and advice for others. */
export const firstLineOf = (thrown: unknown): string => messageOf(thrown).trim().split('\n')[0] ?? '';

/** The code that Node gives an error of the system's, or of its own (`ENOENT`); undefined where there is none. */
export const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;

/** Whether it is Node's word for a module that is not there. */
export const isMissingModule = (thrown: unknown): boolean =>
  codeOf(thrown) === 'ERR_MODULE_NOT_FOUND' || codeOf(thrown) === 'MODULE_NOT_FOUND';
