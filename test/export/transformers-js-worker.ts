/**
 * Transformers.js in a process of its own: reads what it is asked as JSON on stdin, and writes what it answers on stdout. Not a test itself. The graph
 * runs on onnxruntime-node; nothing is fetched.
 */
import { basename, dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { env, pipeline, Tensor } from '@huggingface/transformers';
import type { Asked, Generated } from './transformers-js.js';

const { folder, prompts, tokens }: Asked = JSON.parse(await text(process.stdin));
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const generator = await pipeline('text-generation', basename(folder));
const answer: Generated[] = [];
for (const prompt of prompts) {
  const [generated] = await generator(prompt, { max_new_tokens: tokens, do_sample: false });
  const sequences = await generator.model.generate({ ...generator.tokenizer(prompt), max_new_tokens: tokens, do_sample: false });
  if (!(sequences instanceof Tensor)) throw new Error('generate gives a tensor of ids unless it is asked for more');
  answer.push({ text: String(generated?.generated_text), ids: sequences.tolist().flat().map(Number) });
}
process.stdout.write(JSON.stringify(answer));
