/** The compiler as a child process: TypeScript 7 offers no other stable way in. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

export interface Diagnostic {
  /** Relative to the folder that was compiled in: the repository, where no other was given. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly code: string;
  /** First line of the message. */
  readonly message: string;
}

export interface Compilation {
  readonly diagnostics: readonly Diagnostic[];
  /** Figures of --extendedDiagnostics, such as `Instantiations`. */
  readonly figures: ReadonlyMap<string, number>;
  readonly output: string;
}

export const root = process.cwd();

/** The compilers that a reader's project may have, as this repository's packages: the one it is built with first. */
export const compilers = ['typescript', 'typescript-5.9'] as const;

export type Compiler = (typeof compilers)[number];

/** `tsc ARGS` of a compiler. */
export const commandOf = (compiler: Compiler): string => join(root, 'node_modules', compiler, 'bin/tsc');

/** Compiles a project, errors or not. */
export const compile = (project: string, compiler: Compiler = 'typescript', cwd = root): Promise<Compilation> =>
  new Promise((resolve) => {
    const options = { cwd, maxBuffer: 1 << 26 };
    execFile(
      process.execPath,
      [commandOf(compiler), '-p', project, '--pretty', 'false', '--extendedDiagnostics'],
      options,
      (_error, stdout, stderr) => {
        const output = stdout + stderr;
        const diagnostics = [...stdout.matchAll(/^(\S+)\((\d+),\d+\): error (TS\d+): (.*)$/gm)].map(
          ([, file = '', line, code = '', message = '']): Diagnostic => ({ file, line: Number(line), code, message }),
        );
        const figures = new Map(
          [...stdout.matchAll(/^([A-Z][\w ]+):\s+(\d+)$/gm)].map(([, name = '', value]): [string, number] => [name, Number(value)]),
        );
        resolve({ diagnostics, figures, output });
      },
    );
  });
