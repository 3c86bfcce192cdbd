/**
 * Several worker processes as the ranks of one run: rank 0 is asked, and passes on what it is asked (`worker/ranks.py`). One that ends takes the others
 * with it, and is named. Not here: a single process (`process.ts`), the means that ranks compute (`worker/collectives.py`).
 */
import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import * as E from 'fp-ts/lib/Either.js';
import type { HostTensor } from '../../src/backend.js';
import type { Header, Message } from './messages.js';
import type { Worker, WorkerProcess } from './process.js';

const HERE = '127.0.0.1';

/** The network interface over which ranks of one machine speak, where its name is known. */
const LOOPBACK: Partial<Record<NodeJS.Platform, string>> = { linux: 'lo', darwin: 'lo0' };

/** A port that no program uses at the moment. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, HERE, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** The variables by which PyTorch's own launchers, too, tell a process which rank it is, for each rank of this machine. */
export const environmentsOf = async (ranks: number): Promise<readonly Readonly<Record<string, string>>[]> => {
  const port = await freePort();
  const key = randomUUID();
  const loopback = LOOPBACK[process.platform];
  return Array.from({ length: ranks }, (_, rank) => ({
    RANK: `${rank}`,
    LOCAL_RANK: `${rank}`,
    WORLD_SIZE: `${ranks}`,
    LOCAL_WORLD_SIZE: `${ranks}`,
    MASTER_ADDR: HERE,
    MASTER_PORT: `${port}`,
    VCYCLE_RANKS_KEY: key,
    ...(loopback === undefined ? {} : { GLOO_SOCKET_IFNAME: loopback }),
  }));
};

/** Milliseconds within which the end of a process shows that made another one fail. */
const MOMENT = 1000;

const later = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Ranks implements Worker {
  /** How the first rank that ended did. */
  #end: string | undefined;
  readonly #someEnded: Promise<unknown>;

  /** @param all in the order of their ranks. */
  constructor(private readonly all: readonly WorkerProcess[]) {
    this.#someEnded = Promise.race(
      all.map(async (worker, rank) => {
        await worker.ended;
        this.#end ??= `rank ${rank} ${worker.howItEnded}`;
      }),
    );
  }

  async ask(header: Header, tensors: readonly HostTensor[] = []): Promise<E.Either<string, Message>> {
    if (this.#end !== undefined) return E.left(this.#end);
    const first = this.all[0] as WorkerProcess;
    // Rank 0 may be silent itself, which only the others notice.
    const answer = await Promise.race([first.ask(header, tensors), this.#lost()]);
    if (E.isRight(answer)) return answer;
    await Promise.race([this.#someEnded, later(MOMENT)]);
    // Ranks that have failed do not agree on anything any more.
    this.kill();
    return E.left(this.#end ?? answer.left);
  }

  async #lost(): Promise<E.Either<string, never>> {
    await this.#someEnded;
    await later(MOMENT);
    return E.left(this.#end ?? 'a rank ended');
  }

  release(tensor: number): void {
    this.all[0]?.release(tensor);
  }

  /** Stops all at once, whatever they do. */
  kill(): void {
    for (const worker of this.all) worker.kill();
  }

  /** Rank 0 ends the others; those that it cannot reach, because they have not met, are stopped. */
  async end(): Promise<void> {
    const [first, ...others] = this.all;
    await first?.end();
    const ended = Promise.all(others.map((worker) => worker.end()));
    await Promise.race([ended, later(MOMENT)]);
    for (const worker of others) worker.kill();
    await ended;
  }
}
