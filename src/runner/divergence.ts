/** The sentence about a run that diverged: what was found, where its folder has the last good state, what to do. */

const KEPT = '; the last good state is ';

export const divergedMessage = (found: string, checkpoint: string | undefined): string =>
  `${found}${KEPT}${checkpoint}; lower the learning rate or clip the gradient`;

/** What was found alone, for those who have no folder and other ways to mend it. */
export const foundIn = (message: string): string => message.split(KEPT)[0] ?? message;
