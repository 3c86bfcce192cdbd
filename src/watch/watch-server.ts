/**
 * The server of `vcycle watch`: a page on loopback, its scripts and style, and one stream of events for all runs. It serves a fixed set of
 * addresses, and a request never names a file. It reads run folders and writes nothing.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../fault.js';
import { Folder } from '../files/folder.js';
import { findRuns } from '../store/find-runs.js';
import { messageOf } from '../thrown.js';
import { refusal } from './guard.js';
import type { WatchMessage } from './messages.js';
import { PAGE, PAGE_STYLE } from './page-text.js';
import { FollowedRun } from './watched-run.js';

const LOOPBACK = '127.0.0.1';
/** Milliseconds between two checks of the files, and between two searches for new runs. */
const LOOK = 500;
const SEARCH = 3000;

/** The page's modules are compiled separately, for a browser; what they share with tables is compiled for both. */
const compiled = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const uplot = (name: string): string => join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist', name);

interface Asset {
  readonly read: () => Promise<string | Uint8Array>;
  readonly type: string;
}

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/** All addresses besides the stream. */
const ASSETS: ReadonlyMap<string, Asset> = new Map<string, Asset>([
  ['/', { read: async () => PAGE, type: 'text/html; charset=utf-8' }],
  ['/page.css', { read: async () => PAGE_STYLE, type: STYLE }],
  ...['page.js', 'card.js', 'chart.js'].map((name): [string, Asset] => [
    `/${name}`,
    { read: () => readFile(compiled(`./page/${name}`)), type: SCRIPT },
  ]),
  // The address to which `../../report/table/format.js` resolves for a page at the root.
  ['/report/table/format.js', { read: () => readFile(compiled('../report/table/format.js')), type: SCRIPT }],
  ['/uplot.js', { read: () => readFile(uplot('uPlot.esm.js')), type: SCRIPT }],
  ['/uplot.css', { read: () => readFile(uplot('uPlot.min.css')), type: STYLE }],
]);

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

export interface Watching {
  readonly url: string;
  close(): Promise<void>;
}

export interface WatchOptions {
  /** Run folders, and folders that contain some; searched repeatedly. */
  readonly folders: readonly string[];
  /** 0 chooses a free port. */
  readonly port: number;
}

/** The runs that are followed, and the connected browsers. */
class Watch {
  readonly #runs = new Map<string, FollowedRun>();
  readonly #browsers = new Set<ServerResponse>();

  constructor(private readonly folders: readonly string[]) {}

  search(): void {
    for (const folder of this.folders.flatMap((root) => findRuns(Folder.at(root))))
      if (!this.#runs.has(folder.path)) this.#runs.set(folder.path, new FollowedRun(this.#runs.size, folder));
  }

  look(): void {
    for (const run of this.#runs.values()) {
      const message = run.poll();
      if (message !== undefined) for (const browser of this.#browsers) tell(browser, message);
    }
  }

  /** A new browser first receives the complete state, then updates. */
  join(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    for (const run of this.#runs.values()) {
      const message = run.whole();
      if (message !== undefined) tell(response, message);
    }
    this.#browsers.add(response);
    response.on('close', () => this.#browsers.delete(response));
  }

  close(): void {
    for (const browser of this.#browsers) browser.end();
  }
}

const tell = (browser: ServerResponse, message: WatchMessage): void => {
  browser.write(`data: ${JSON.stringify(message)}\n\n`);
};

const refuse = (response: ServerResponse, status: number, sentence: string): void => {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${sentence}\n`);
};

const give = async ({ read, type }: Asset, response: ServerResponse, wanted: boolean): Promise<void> => {
  const body = await TE.tryCatch(read, messageOf)();
  if (E.isLeft(body)) refuse(response, 500, `this installation is incomplete (${body.left})`);
  else {
    response.writeHead(200, { ...HEADERS, 'Content-Type': type });
    response.end(wanted ? body.right : undefined);
  }
};

const answer = (watch: Watch, port: number, { method, url = '', headers }: IncomingMessage, response: ServerResponse): void => {
  const refused = refusal({ method, host: headers.host, origin: headers.origin }, port);
  // Compared as sent: neither dots nor escapes are ever resolved.
  const [path = ''] = url.split('?');
  const asset = ASSETS.get(path);
  if (refused !== undefined) refuse(response, refused.status, refused.sentence);
  else if (path === '/events' && method === 'GET') watch.join(response);
  else if (asset === undefined) refuse(response, 404, 'there is nothing here');
  else void give(asset, response, method === 'GET');
};

const listening = (server: Server, port: number): Promise<E.Either<Fault, number>> =>
  new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        E.left(
          inputFault(
            error.code === 'EADDRINUSE'
              ? `port ${port} is in use; name another port, or 0 for any that is free`
              : `port ${port} cannot be listened on (${error.message}); name another port`,
            'another port',
          ),
        ),
      ),
    );
    server.listen(port, LOOPBACK, () => resolve(E.right((server.address() as AddressInfo).port)));
  });

/** Left: the port is not available. */
export const watchRuns =
  ({ folders, port }: WatchOptions): TE.TaskEither<Fault, Watching> =>
  async () => {
    const watch = new Watch(folders);
    let bound = port;
    const server = createServer((request, response) => answer(watch, bound, request, response));
    const heard = await listening(server, port);
    if (E.isLeft(heard)) return heard;
    bound = heard.right;
    watch.search();
    watch.look();
    const timers = [setInterval(() => watch.look(), LOOK), setInterval(() => watch.search(), SEARCH)];
    return E.right({
      url: `http://${LOOPBACK}:${bound}/`,
      close: () => {
        for (const timer of timers) clearInterval(timer);
        watch.close();
        return new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        });
      },
    });
  };
