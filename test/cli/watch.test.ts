/** `vcycle watch` as a process: an address, until Ctrl-C; what it cannot serve is one sentence and exit 2. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { inFolder, MAIN, vcycle } from './vcycle.js';

describe('vcycle watch', () => {
  it('prints its address, serves, and ends with Ctrl-C', () =>
    inFolder({ 'runs/a/events.jsonl': '' }, async (cwd) => {
      const child = spawn(process.execPath, [MAIN, 'watch', '--port', '0'], { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
      const url = await new Promise<string>((resolve, reject) => {
        child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
        child.once('error', reject);
      });
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
      const answer = await fetch(url);
      assert.equal(answer.status, 200);
      assert.match(await answer.text(), /<title>vcycle watch<\/title>/);
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      child.kill('SIGINT');
      assert.equal(await ended, 0);
    })).timeout(60_000);

  it('refuses a port that is in use, and a folder that is not there', () =>
    inFolder({ 'runs/a/events.jsonl': '' }, async (cwd) => {
      const server = createServer();
      const port = await new Promise<number>((resolve) => {
        server.listen(0, '127.0.0.1', () => {
          const address = server.address();
          resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
        });
      });
      for (const [args, pattern] of [
        [['watch', '--port', String(port)], /^vcycle: port \d+ is in use; name another port with --port, or 0 for any that is free$/],
        [['watch', '--port', '70000'], /--port.* It must be an integer from 0 to 65535\./],
        [['watch', 'nowhere'], /^vcycle: nowhere: there is no such folder; name a run folder, or a folder that holds some$/],
      ] as const) {
        const { code, stdout, stderr } = await vcycle(args, { cwd });
        assert.deepEqual([code, stdout], [2, ''], stderr);
        assert.match(stderr.trimEnd(), pattern);
      }
      server.close();
    })).timeout(60_000);
});
