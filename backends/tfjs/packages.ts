/** tfjs's packages in Node. They are optional, so a missing one is a fault that names the command to install it. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type BackendError, unavailable } from '../../src/backend.js';
import { firstLineOf, isMissingModule } from '../../src/thrown.js';

/** The versions with which vcycle is tested, as in its manifest. */
export const optionalPackages = {
  '@tensorflow/tfjs-core': '4.22.0',
  '@tensorflow/tfjs-backend-cpu': '4.22.0',
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
  '@tensorflow/tfjs-backend-webgpu': '4.22.0',
  webgpu: '0.6.2',
} as const;

export type OptionalPackage = keyof typeof optionalPackages;

/** The one command that installs them. */
export const installCommand = (packages: readonly OptionalPackage[]): string =>
  `npm i ${packages.map((name) => `${name}@${optionalPackages[name]}`).join(' ')}`;

const { resolve } = createRequire(import.meta.url);

const versionOf = async (name: string): Promise<string> => {
  // A package may not export its manifest (`exports`), so it is looked for beside the package's main file.
  const folder = resolve(name).slice(0, resolve(name).lastIndexOf(`node_modules/${name}`) + `node_modules/${name}`.length);
  const manifest: { readonly version?: unknown } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
  return String(manifest.version);
};

export const versionsOf = async (packages: readonly string[]): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(await Promise.all(packages.map(async (name) => [name, await versionOf(name)] as const)));

/** Creates something from optional packages; a package that is missing or does not start is a fault. */
export const fromPackages = <A>(
  backend: string,
  packages: readonly OptionalPackage[],
  make: () => Promise<A>,
): TE.TaskEither<BackendError, A> =>
  TE.tryCatch(make, (error): BackendError => {
    const what = firstLineOf(error);
    return unavailable(
      backend,
      isMissingModule(error)
        ? { missing: `needs packages that are not all installed (${what})`, command: installCommand(packages) }
        : { missing: `did not start: ${what}` },
    );
  });
