/**
 * Compiles the binding of tfjs-node against the library of a TensorFlow wheel: two C++ files that use Node-API, whose headers come from npm. So
 * neither gyp nor Node's own headers are needed, and one binding serves every version of Node.
 */
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../../../src/fault.js';
import { faultOfTool, runTool } from '../../setup/tool.js';
import { wheelFolder } from './installation.js';

const COMPILER = process.env.CXX || 'c++';
const ABSENT = `needs a C++ compiler, for the binding of tfjs-node (tried ${COMPILER}); on Debian or Ubuntu: sudo apt install g++`;

export interface CompileOptions {
  /** The npm project. */
  readonly folder: string;
  /** The package in it whose binding is compiled. */
  readonly npmPackage: string;
  /** The folder of the wheel under vcycle's cache. */
  readonly wheel: string;
  readonly signal: AbortSignal;
}

export const compileBinding = async ({ folder, npmPackage, wheel, signal }: CompileOptions): Promise<E.Either<Fault, void>> => {
  const root = join(folder, 'node_modules', ...npmPackage.split('/'));
  // Where the package looks for it.
  const target = join(root, 'lib', 'napi-v8');
  const tensorflow = join(wheelFolder(wheel), 'tensorflow');
  await mkdir(target, { recursive: true });
  const args = [
    ...['-shared', '-fPIC', '-std=c++17', '-O2', '-DNAPI_VERSION=8'],
    ...[`-I${join(folder, 'node_modules', 'node-api-headers', 'include')}`, `-I${join(tensorflow, 'include')}`],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(root, 'binding', file)),
    ...[`-L${tensorflow}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    // Beside the final folder, at the same depth.
    ...[`-Wl,-rpath,$ORIGIN/${relative(target, tensorflow)}`, '-o', join(target, 'tfjs_binding.node')],
  ];
  return E.bimap(
    faultOfTool({ what: 'the binding of tfjs-node did not compile', where: 'the network', absent: ABSENT }),
    () => undefined,
  )(await runTool(COMPILER, args, { signal }));
};
