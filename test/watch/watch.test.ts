/**
 * `vcycle watch`: what the page is told of runs that continue, crash, are cut back and resumed; and whom the server does not answer.
 */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Browser } from 'playwright-core';
import { Folder } from '../../src/files/folder.js';
import { noFlops } from '../../src/program/types/flops.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { lockRun } from '../../src/runner/folder/run-lock.js';
import { read } from '../../src/schedule/text/index.js';
import type { WatchMessage } from '../../src/watch/messages.js';
import { type Watching, watchRuns } from '../../src/watch/watch-server.js';
import { FollowedRun } from '../../src/watch/watched-run.js';
import { type SyntheticStage, syntheticRun } from '../report/synthetic-run.js';
import { inTemporaryFolder, right } from '../runner/harness.js';
import { browserOrSkip } from '../web/chromium.js';

const events = syntheticRun([
  ['restrict(even)', 'restrict', 1, 2, 0],
  ['train(30)', 'train', 1, 2, 30],
  ['prolongate', 'prolongate', 0, 4, 0],
  ['train(20)', 'train', 0, 4, 20],
]);
const lastLoss = events.reduce((last, event) => (event.kind === 'evaluated' ? event.loss : last), Number.NaN);
const lines = events.map((event) => `${JSON.stringify(event)}\n`);

/** A run folder that holds the first events. */
const folderWith = (root: string, name: string, count: number): string => {
  const folder = join(root, name);
  mkdirSync(join(folder, 'checkpoints'), { recursive: true });
  writeFileSync(join(folder, 'events.jsonl'), lines.slice(0, count).join(''));
  return folder;
};

const steps = (message: WatchMessage | undefined): readonly number[] =>
  message === undefined || message.kind === 'unreadable'
    ? assert.fail(JSON.stringify(message))
    : message.progress.training.map(([step]) => step);
const numbers = (first: number, last: number): readonly number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a run that is watched', () => {
  it('is told whole, then what came; a torn line waits for its end; who writes it says whether it runs', () =>
    inTemporaryFolder(async (root) => {
      const folder = folderWith(root, 'run', 10);
      const file = join(folder, 'events.jsonl');
      const run = new FollowedRun(0, Folder.at(folder));
      const first = run.poll();
      assert.ok(first?.kind === 'run');
      assert.equal(first.run.steps, 50);
      const seen = events.slice(0, 10).filter(({ kind }) => kind === 'step').length;
      assert.deepEqual(steps(first), numbers(1, seen));
      assert.equal(first.progress.status, 'crashed', 'nobody writes it');
      assert.equal(run.poll(), undefined);

      const lock = right(lockRun(Folder.at(folder)));
      const now = run.poll();
      assert.ok(now?.kind === 'progress');
      assert.equal(now.progress.status, 'running');
      const [half, rest] = [(lines[10] ?? '').slice(0, 20), (lines[10] ?? '').slice(20)];
      appendFileSync(file, half);
      assert.equal(run.poll(), undefined);
      appendFileSync(file, rest);
      assert.deepEqual(steps(run.poll()), [seen + 1]);
      appendFileSync(file, lines.slice(11).join(''));
      const end = run.poll();
      assert.ok(end?.kind === 'progress');
      assert.deepEqual(steps(end), numbers(seen + 2, 50));
      assert.equal(end.progress.status, 'finished');
      assert.equal(end.progress.validation.length, 2);
      assert.deepEqual(
        end.progress.stages.map(({ op, firstStep, done }) => [op, firstStep, done]),
        [
          ['restrict(even)', 0, true],
          ['train(30)', 0, true],
          ['prolongate', 30, true],
          ['train(20)', 30, true],
        ],
      );
      lock.release();
      const whole = run.whole();
      assert.deepEqual(steps(whole), numbers(1, 50));
    }));

  it('has the picture of its cycle, and its place there, by the work that each stage was planned to take', () =>
    inTemporaryFolder(async (root) => {
      const [started = assert.fail(), ...more] = events;
      assert.ok(started.kind === 'run-started');
      const stages = right(read('restrict(even) >> train(30) >> prolongate >> train(20)'));
      const schedule = {
        ...started.schedule,
        setup: { ...started.schedule.setup, model: { ...started.schedule.setup.model, layers: 4 } },
        stages,
      };
      const work = [{ flops: 0 }, { flops: 60 }, { flops: 0 }, { flops: 40 }];
      const places = (start: RunEvent, count: number, then = more): readonly unknown[] => {
        const folder = folderWith(root, `run-${count}-${JSON.stringify(start).length}`, 0);
        writeFileSync(join(folder, 'events.jsonl'), [start, ...then.slice(0, count)].map((event) => `${JSON.stringify(event)}\n`).join(''));
        const told = new FollowedRun(0, Folder.at(folder)).poll();
        assert.ok(told?.kind === 'run', JSON.stringify(told));
        return [told.run.cycle?.svg.slice(0, 4), told.progress.place];
      };
      const whole = { ...started, schedule, work };
      assert.deepEqual(places(whole, 0), ['<svg', 0]);
      const tenth = more.findIndex((event) => event.kind === 'step' && event.step === 10);
      assert.deepEqual(places(whole, tenth + 1), ['<svg', 0.2]);
      assert.deepEqual(places(whole, more.length), ['<svg', 1]);
      const stopped = more.slice(0, tenth + 1).concat(
        more.flatMap((event): readonly RunEvent[] => {
          if (event.kind === 'stage-ended' && event.record.index === 1) return [{ ...event, record: { ...event.record, stepsRun: 10 } }];
          return event.kind === 'run-ended' ? [{ ...event, outcome: { kind: 'interrupted', stage: 1, step: 10 } }] : [];
        }),
      );
      assert.deepEqual(places(whole, stopped.length, stopped), ['<svg', 0.2], 'it was stopped there');
      // Of an earlier version; and one whose file is not as a run writes it.
      assert.deepEqual(places({ ...started, schedule }, 3), [undefined, undefined]);
      assert.deepEqual(places({ ...whole, schedule: { ...schedule, stages: right(read('train(1) >> prolongate')) } }, 3), [
        undefined,
        undefined,
      ]);
    }));

  it('has the loss of the network that was evaluated last, and in the end of the one that was saved', () =>
    inTemporaryFolder(async (root) => {
      const folder = folderWith(root, 'run', 0);
      const run = new FollowedRun(0, Folder.at(folder));
      const figureAfter = (more: readonly RunEvent[]) => {
        appendFileSync(join(folder, 'events.jsonl'), more.map((event) => `${JSON.stringify(event)}\n`).join(''));
        const message = run.poll();
        return message === undefined || message.kind === 'unreadable' ? assert.fail() : message.progress.figure;
      };
      const evaluated = events.findIndex(({ kind }) => kind === 'evaluated');
      assert.deepEqual(figureAfter(events.slice(0, evaluated)), { step: 0, level: 0, layers: 2 });
      const { loss } = events[evaluated] as Extract<RunEvent, { kind: 'evaluated' }>;
      assert.deepEqual(figureAfter(events.slice(evaluated, evaluated + 1)), { validation: loss, step: 30, level: 1, layers: 2 });
      assert.deepEqual(figureAfter(events.slice(evaluated + 1, -1)), { validation: lastLoss, step: 50, level: 0, layers: 4 });
      const model = { level: 0, layers: 8, heads: 1, width: 4, h: 1, step: 50, validationLoss: 0.5 };
      assert.deepEqual(figureAfter(events.slice(-1).map((event) => ({ ...event, model }))), {
        validation: 0.5,
        step: 50,
        level: 0,
        layers: 8,
      });
    }));

  it('counts the steps that it kept: those that a spike threw away apart', () =>
    inTemporaryFolder((root) => {
      const run = new FollowedRun(0, Folder.at(folderWith(root, 'run', lines.length - 1)));
      const spiked: RunEvent = {
        kind: 'spiked',
        time: 0,
        stage: 3,
        level: 0,
        loss: 9,
        limit: 5,
        step: 50,
        to: 40,
        thrown: { steps: 10, flops: noFlops, evaluationFlops: noFlops },
        returns: 1,
      };
      // It returns from its last step, and takes two others.
      const again = events
        .filter((event) => event.kind === 'step' && event.step > 40 && event.step <= 42)
        .map((event) => (event.kind === 'step' ? { ...event, step: event.step + 10 } : event));
      const evaluated = events.flatMap((event) => (event.kind === 'evaluated' ? [{ ...event, step: 52 }] : [])).slice(-1);
      appendFileSync(
        join(root, 'run', 'events.jsonl'),
        [spiked, ...again, ...evaluated].map((event) => `${JSON.stringify(event)}\n`).join(''),
      );
      const told = run.poll();
      assert.ok(told?.kind === 'run');
      const { returns, thrownSteps, figure } = told.progress;
      assert.deepEqual([returns, thrownSteps, steps(told).at(-1), figure?.step], [1, 10, 52, 42]);
      return Promise.resolve();
    }));

  it('that was cut back and written on is told again, though the file has grown past where it was read', () =>
    inTemporaryFolder(async (root) => {
      const folder = folderWith(root, 'run', 20);
      const file = join(folder, 'events.jsonl');
      const run = new FollowedRun(0, Folder.at(folder));
      run.poll();
      truncateSync(file, lines.slice(0, 12).join('').length);
      const resumed = {
        kind: 'run-resumed',
        time: 1,
        backend: 'null',
        device: '',
        versions: {},
        passedOver: [],
        stage: 1,
        step: 8,
        flops: 0,
        resumes: 1,
      };
      appendFileSync(file, `${JSON.stringify(resumed)}\n${lines.slice(12, 40).join('')}`);
      const message = run.poll();
      assert.ok(message?.kind === 'run');
      assert.equal(message.progress.resumes, 1);
      assert.deepEqual(steps(message), numbers(1, events.slice(0, 40).filter(({ kind }) => kind === 'step').length));
    }));

  it('that cannot be read is a sentence, once', () =>
    inTemporaryFolder(async (root) => {
      const folder = folderWith(root, 'run', 3);
      appendFileSync(join(folder, 'events.jsonl'), 'nonsense\n');
      const run = new FollowedRun(7, Folder.at(folder));
      assert.deepEqual(run.poll(), { kind: 'unreadable', id: 7, name: 'run', reason: 'events.jsonl, line 4: not JSON' });
      const missing = new FollowedRun(8, Folder.at(join(root, 'nowhere')));
      assert.equal(missing.poll()?.kind, 'unreadable');
      assert.equal(missing.poll(), undefined);
    }));
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const ask = (url: string, path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request({ hostname, port, path, ...options }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    })
      .on('error', reject)
      .end();
  });

/** What a client sends that writes HTTP by hand, and the first line of what it gets. */
const byHand = (url: string, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    let heard = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    socket.on('close', () => resolve(heard.split('\r\n')[0] ?? ''));
    socket.on('error', reject);
  });

const watching = async (root: string, use: (watch: Watching) => Promise<void>): Promise<void> => {
  const watch = right(await watchRuns({ folders: [root], port: 0 })());
  try {
    await use(watch);
  } finally {
    await watch.close();
  }
};

describe('the server of the page', () => {
  it('gives the page and its parts, told to keep to themselves', () =>
    inTemporaryFolder((root) =>
      watching(root, async ({ url }) => {
        assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
        for (const [path, type] of [
          ['/', 'text/html'],
          ['/page.css', 'text/css'],
          ['/uplot.js', 'text/javascript'],
          ['/uplot.css', 'text/css'],
        ] as const) {
          const { status, headers, body } = await ask(url, path);
          assert.equal(status, 200, path);
          assert.ok(String(headers['content-type']).startsWith(type));
          assert.ok(body.length > 100);
          assert.match(String(headers['content-security-policy']), /^default-src 'none'; script-src 'self'/);
          assert.equal(headers['access-control-allow-origin'], undefined);
        }
        // Every module that the page's script comes to, and no further file.
        const seen = new Set<string>();
        const follow = async (path: string): Promise<void> => {
          if (seen.has(path)) return;
          seen.add(path);
          const { status, headers, body } = await ask(url, path);
          assert.equal(status, 200, path);
          assert.match(String(headers['content-type']), /^text\/javascript/);
          for (const [, to = ''] of body.matchAll(/(?:from|import)\s*['"](\.[^'"]+)['"]/g))
            await follow(new URL(to, url + path.slice(1)).pathname);
        };
        await follow('/page.js');
        assert.deepEqual([...seen].sort(), ['/card.js', '/chart.js', '/page.js', '/report/table/format.js', '/uplot.js']);
        assert.deepEqual([(await ask(url, '/', { method: 'HEAD' })).status, (await ask(url, '/', { method: 'HEAD' })).body], [200, '']);
      }),
    ));

  it('answers no path tricks, no foreign hosts or origins, no other methods', () =>
    inTemporaryFolder(async (root) => {
      folderWith(root, 'run', 5);
      await watching(root, async ({ url }) => {
        const { port } = new URL(url);
        for (const path of [
          '/../package.json',
          '/%2e%2e/package.json',
          '/..%2fpackage.json',
          '//etc/passwd',
          '/page.js/../../x',
          '/run/events.jsonl',
          '/events.jsonl',
        ])
          assert.equal((await ask(url, path)).status, 404, path);
        for (const host of ['evil.example', `evil.example:${port}`, 'localhost', 'localhost:1', `127.0.0.1.evil.example:${port}`])
          assert.equal((await ask(url, '/events', { headers: { Host: host } })).status, 403, host);
        for (const origin of [
          'http://evil.example',
          `https://localhost:${port}`,
          'null',
          `http://localhost:${port}.evil.example`,
          'http://localhost',
        ])
          assert.equal((await ask(url, '/events', { headers: { Origin: origin } })).status, 403, origin);
        assert.equal((await ask(url, '/', { headers: { Host: `localhost:${port}`, Origin: `http://localhost:${port}` } })).status, 200);
        for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) assert.equal((await ask(url, '/', { method })).status, 405, method);
        assert.match(await byHand(url, `GET /etc/passwd HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`), / 404 /);
        assert.match(await byHand(url, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'), / 400 /);
        assert.match(await byHand(url, 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'), / 403 /);
        assert.match(await byHand(url, `GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`), / 403 /);
      });
    }));

  it('says that a port is in use', () =>
    inTemporaryFolder((root) =>
      watching(root, async ({ url }) => {
        const port = Number(new URL(url).port);
        const again = await watchRuns({ folders: [root], port })();
        assert.deepEqual(
          again,
          E.left({ kind: 'input', message: `port ${port} is in use; name another port, or 0 for any that is free`, about: 'another port' }),
        );
      }),
    ));
});

describe('the page in a browser', function () {
  this.timeout(120_000);
  let browser: Browser | undefined;
  before(async function () {
    browser = await browserOrSkip(this);
    assert.ok(existsSync(new URL('../../src/watch/page/page.js', import.meta.url)), 'npm run build compiles the page');
  });
  after(() => browser?.close());

  it('shows the losses of a run that diverges as tables do, in a few digits', () =>
    inTemporaryFolder(async (root) => {
      const wild = events.map((event) => ('loss' in event ? { ...event, loss: 123456789012345680000 } : event));
      const folder = folderWith(root, 'wild', 0);
      const shallow = wild.map((event) => `${JSON.stringify(event).replaceAll('"layers":4', '"layers":1')}\n`);
      writeFileSync(join(folder, 'events.jsonl'), shallow.join(''));
      await watching(root, async ({ url }) => {
        const page = await (browser ?? assert.fail()).newPage({ viewport: { width: 1100, height: 900 }, locale: 'en-US' });
        await page.goto(url);
        await page.waitForSelector('.run');
        const figures = (await page.locator('.figures').textContent()) ?? '';
        assert.match(figures, /training loss 1\.23e\+20/);
        assert.match(figures, /level 0, 1 layer(?!s)/);
        assert.match(figures, /validation loss 1\.23e\+20 at step 50, level 0, \d+ layers?/);
        await page.hover('#chart .u-over');
        await page.waitForTimeout(200);
        const legend = (await page.locator('.u-legend').textContent()) ?? '';
        assert.match(legend, /wild\s*:?\s*1\.23e\+20/);
        assert.doesNotMatch(legend, /\d{10}|\d{3},\d{3},\d{3}/);
        await page.close();
      });
    }));

  it('is no wider than a phone, with a pipeline of 60 stages', () =>
    inTemporaryFolder(async (root) => {
      const pairs = Array.from({ length: 30 }, (_, index): readonly SyntheticStage[] => [
        [`train(${index + 1})`, 'train', 0, 4, index + 1],
        ['restrict(even)', 'restrict', 1, 2, 0],
      ]);
      const folder = folderWith(root, 'long', 0);
      writeFileSync(
        join(folder, 'events.jsonl'),
        syntheticRun(pairs.flat())
          .map((event) => `${JSON.stringify(event)}\n`)
          .join(''),
      );
      await watching(root, async ({ url }) => {
        const page = await (browser ?? assert.fail()).newPage({ viewport: { width: 390, height: 800 }, locale: 'en-US' });
        await page.goto(url);
        await page.waitForSelector('.stages li:nth-of-type(60)');
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
        await page.close();
      });
    }));

  it('shows several runs, and follows one that continues', () =>
    inTemporaryFolder(async (root) => {
      folderWith(root, 'finished', lines.length);
      const going = folderWith(root, 'going <b>on</b>'.replaceAll('/', '-'), 15);
      const lock = right(lockRun(Folder.at(going)));
      await watching(root, async ({ url }) => {
        const page = await (browser ?? assert.fail()).newPage({ viewport: { width: 1100, height: 900 }, locale: 'en-US' });
        const faults: string[] = [];
        page.on('pageerror', (error) => faults.push(String(error)));
        page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
        await page.goto(url);
        await page.waitForSelector('.run:nth-of-type(2)');
        assert.deepEqual(await page.locator('.run .status').allTextContents(), ['finished', 'running']);
        assert.equal(await page.locator('.run h2 b').count(), 0, 'a name is text');
        assert.equal(await page.locator('#chart canvas').count(), 1);
        appendFileSync(join(going, 'events.jsonl'), lines.slice(15).join(''));
        await page.locator('.run:nth-of-type(2) .status', { hasText: 'finished' }).waitFor();
        assert.match((await page.locator('.figures').nth(1).textContent()) ?? '', /step 50 of 50/);
        await page.check('input[value=flops]');
        await page.waitForTimeout(300);
        const picture = process.env.VCYCLE_PICTURES;
        if (picture !== undefined) await page.screenshot({ path: join(picture, 'watch.png'), fullPage: true });
        assert.deepEqual(faults, []);
        await page.close();
      });
      lock.release();
      assert.ok(readFileSync(join(going, 'events.jsonl'), 'utf8').length > 0);
    }));
});
