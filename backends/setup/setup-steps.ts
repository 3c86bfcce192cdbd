/** The options and progress reports of an installation. */
export interface SetupWork {
  /** Install again, whatever exists. */
  readonly again: boolean;
  /** Called when a step begins; the function that it returns is called when the step is over. */
  readonly progress: (step: string) => () => void;
  readonly signal: AbortSignal;
}

/** A step with reports of its beginning and its end. */
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
