/** What an installation is told and tells while it is at work. */
export interface SetupWork {
  /** Again, whatever is there. */
  readonly again: boolean;
  /** Told when a step begins; what it gives back is called when the step is over. */
  readonly progress: (step: string) => () => void;
  readonly signal: AbortSignal;
}

/** A step with its beginning and its end told. */
export const stepOf =
  ({ progress }: Pick<SetupWork, 'progress'>) =>
  async <A>(title: string, work: () => Promise<A>): Promise<A> => {
    const done = progress(title);
    try {
      return await work();
    } finally {
      done();
    }
  };
