/**
 * The time from a level's sizes to a step that is ready to run: trace, differentiate, lower, and ONNX Runtime's own part. Once per process,
 * since a user waits for the first time.
 */
import { trainingStep } from '../../src/model/training-step.js';
import { orUnmeasured } from '../unmeasured.js';
import { modelOf, onBackend, optimizer, print, sizeNames, wholeNumbers } from './script.js';

const sizes = wholeNumbers(sizeNames);

await print(() =>
  onBackend(async (backend) => {
    const began = performance.now();
    const program = trainingStep(modelOf(sizes), { layers: sizes.layers, h: 1 }, sizes.batch, optimizer, {
      rewrites: backend.capabilities.rewrites,
    });
    const traced = performance.now();
    const { program: lowered } = await orUnmeasured(backend.compile(program));
    const compiled = performance.now();
    return { traceMs: traced - began, compileMs: compiled - traced, totalMs: compiled - began, operations: lowered.nodes.length };
  }),
);
