/**
 * What a backend adds to a step that computes nothing: a program that passes on as many tensors as a model's step, reads a batch, and
 * returns a number, run as the trainer runs a step: nobody else holds the state, so the backend may keep it where it lies.
 */
import type { DeviceTensor, HostTensor } from '../../src/backend.js';
import type { TensorType } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import { median } from '../median.js';
import { orUnmeasured } from '../unmeasured.js';
import { onBackend, print, wholeNumbers } from './script.js';

const { tensors, times } = wholeNumbers(['tensors', 'times']);

const scalar: TensorType = { dtype: 'f32', shape: [] };
const tokens: TensorType = { dtype: 'i32', shape: [12, 64] };
const state: TensorType = { dtype: 'f32', shape: [16] };

await print(() =>
  onBackend(async (backend) => {
    const trace = new Tracer('null-step');
    const handed = Array.from({ length: tensors }, (_, index) => trace.input(`${index}`, 'parameter', state));
    trace.input('inputs', 'batch', tokens);
    const loss = trace.input('loss', 'scalar', scalar);
    const program = trace.finish([
      { name: 'loss', role: 'loss', tensor: loss },
      ...handed.map((tensor, index) => ({ name: `${index}`, role: 'parameter' as const, tensor })),
    ]);
    const executable = await orUnmeasured(backend.compile(program));
    const zeros: HostTensor = { type: state, data: new Float32Array(16) };
    const inPlace = new Set(handed.keys());
    let held: readonly DeviceTensor[] = await Promise.all(handed.map(() => orUnmeasured(backend.upload(zeros))));
    const batch: HostTensor = { type: tokens, data: new Int32Array(12 * 64) };
    const milliseconds: number[] = [];
    for (let time = 0; time < times; time++) {
      const began = performance.now();
      const [said, ...next] = await orUnmeasured(
        executable.run([...held, batch, { type: scalar, data: Float32Array.of(time) }], { inPlace }),
      );
      if (said === undefined) throw new Error('a step says its loss');
      const { data } = await orUnmeasured(backend.download(said));
      if (data[0] !== time) throw new Error(`what came back is not what was sent (was ${data[0]})`);
      const kept = new Set(next);
      for (const tensor of [...held, said]) if (!kept.has(tensor)) backend.release(tensor);
      held = next;
      milliseconds.push(performance.now() - began);
    }
    return { medianMs: median(milliseconds), minMs: Math.min(...milliseconds) };
  }),
);
