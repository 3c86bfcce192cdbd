/** Runs that begin at the same moment each get a folder of their own, and none of them minds who made the folders above. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as E from 'fp-ts/lib/Either.js';
import { inNewFolder } from '../../src/runner/folder/new-folder.js';
import { inTemporaryFolder, right } from './harness.js';

/** Starts at a signal, and says what its folder is called. */
const CONTENDER = `
import { parentPort, workerData } from 'node:worker_threads';
const { inNewFolder } = await import(workerData.module);
const gate = new Int32Array(workerData.gate);
parentPort.postMessage('ready');
Atomics.wait(gate, 0, 0);
for (const path of workerData.paths) {
  const made = inNewFolder(path).create();
  parentPort.postMessage(made._tag === 'Left' ? made.left.message : made.right.path);
}
`;

const contend = (paths: readonly string[], gate: SharedArrayBuffer) => {
  const made: string[] = [];
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(CONTENDER)}`), {
    workerData: { paths, gate, module: new URL('../../src/runner/folder/new-folder.js', import.meta.url).href },
  });
  const ended = new Promise<readonly string[]>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => resolve(made));
  });
  const ready = new Promise<void>((resolve) => {
    worker.on('message', (said: string) => (said === 'ready' ? resolve() : made.push(said)));
  });
  return { ready, ended };
};

describe('a new run folder', () => {
  it('bears the name that was asked for, or the next one with a number behind it', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'runs', 'demo');
      const names = [1, 2, 3].map(() => {
        const made = right(inNewFolder(path).create());
        made.close();
        return made.path;
      });
      assert.deepEqual(names, [path, `${path}-2`, `${path}-3`]);
      assert.ok(names.every((name) => existsSync(name)));
    }));

  it('is nobody else’s, however many ask for it at once', function () {
    this.timeout(60_000);
    return inTemporaryFolder(async (folder) => {
      const paths = Array.from({ length: 20 }, (_, round) => join(folder, `${round}`, 'runs', 'demo'));
      const gate = new SharedArrayBuffer(4);
      const contenders = [1, 2, 3, 4].map(() => contend(paths, gate));
      await Promise.all(contenders.map(({ ready }) => ready));
      Atomics.store(new Int32Array(gate), 0, 1);
      Atomics.notify(new Int32Array(gate), 0);
      const made = (await Promise.all(contenders.map(({ ended }) => ended))).flat();
      assert.deepEqual(made.sort(), paths.flatMap((path) => [path, `${path}-2`, `${path}-3`, `${path}-4`]).sort());
    });
  });

  it('cannot be where a file is in its way, and says so', () =>
    inTemporaryFolder(async (folder) => {
      writeFileSync(join(folder, 'runs'), '');
      const made = inNewFolder(join(folder, 'runs', 'demo')).create();
      assert.ok(E.isLeft(made) && made.left.kind === 'input');
      assert.match(made.left.message, /demo cannot be made \(E\w+: .*\); name another folder$/);
    }));

  it('leaves alone what is under its name, whatever it is', () =>
    inTemporaryFolder(async (folder) => {
      mkdirSync(join(folder, 'a'));
      writeFileSync(join(folder, 'a-2'), 'mine');
      assert.equal(right(inNewFolder(join(folder, 'a')).create()).path, join(folder, 'a-3'));
    }));
});
