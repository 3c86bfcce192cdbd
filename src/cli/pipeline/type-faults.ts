/** Parses the output of TypeScript's command. Not here: running it (`compiler.ts`). */

export interface TypeFault {
  /** As the compiler prints it, relative to the working directory; empty for an error that concerns no file. */
  readonly file: string;
  /** 1-based; 0 for an error that concerns no file. */
  readonly line: number;
  readonly column: number;
  readonly code: string;
  /** The message with all lines of its explanation. */
  readonly message: string;
}

const ERROR = /^(?:(.+)\((\d+),(\d+)\): )?error (TS\d+): (.*)$/;

/** The errors of `tsc --pretty false`, each with the indented lines after it. */
export const typeFaultsIn = (output: string): readonly TypeFault[] => {
  const errors: TypeFault[] = [];
  for (const line of output.split(/\r?\n/)) {
    const [found, file = '', row = '0', column = '0', code = '', message = ''] = ERROR.exec(line) ?? [];
    const last = errors.at(-1);
    if (found !== undefined) errors.push({ file, line: Number(row), column: Number(column), code, message });
    else if (last !== undefined && /^\s+\S/.test(line)) errors[errors.length - 1] = { ...last, message: `${last.message}\n${line}` };
  }
  return errors;
};

/**
 * The sentences that vcycle's types require in place of an argument (one for each name if several are not bound); none in other messages.
 *
 * @example
 * sentencesIn(`Argument of type 'Prolongate' is not assignable to parameter of type '"stage 2, prolongate: …"'.`) // ['stage 2, prolongate: …']
 */
export const sentencesIn = (message: string): readonly string[] => {
  const wanted = /(?:parameter of|assignable to) type '(".*")'\.$/m.exec(message)?.[1] ?? '';
  const texts = [...wanted.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([quoted]) => JSON.parse(quoted) as string);
  // A choice among words is not a sentence.
  return texts.every((text) => text.includes(' ')) ? texts : [];
};
