/** Tests that need PyTorch ask for it here; without it they are skipped, and say why. Not a test itself. */
import * as E from 'fp-ts/lib/Either.js';
import { torchInstallation } from '../../backends/torch/installation.js';

const skip = (context: Mocha.Context, reason: string): never => {
  console.log(`      skipped: ${reason}`);
  return context.skip();
};

/** The Python that has PyTorch. */
export const torchPython = (context: Mocha.Context): string => {
  const installed = torchInstallation();
  return E.isRight(installed) ? installed.right.python : skip(context, installed.left.missing);
};

/** The same, for tests that also read of processes what only Linux tells. */
export const torchPythonOnLinux = (context: Mocha.Context): string =>
  process.platform === 'linux' ? torchPython(context) : skip(context, 'processes are read from /proc, which Linux has');
