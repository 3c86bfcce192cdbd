/**
 * A folder from which Transformers.js generates text, in Node and in a browser: an ONNX graph with a cache of keys and values, with the
 * configuration and tokenizer files. The step size is part of the graph. Not here: the graph (`onnx-model.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { inputFault } from '../fault.js';
import { familyOf } from '../model/families.js';
import { configurationFiles } from '../model/model-folder.js';
import type { Exporter } from './export-format.js';
import { onnxModel } from './onnx-model.js';

/** The path at which Transformers.js expects a graph of 32-bit floats. */
const GRAPH = 'onnx/model.onnx';

/** Outside Node it would otherwise look for a quantized graph. */
const OWN = { 'transformers.js_config': { dtype: 'fp32' } } as const;

/** The size limit of a protocol buffers file. */
const MOST_BYTES = 2 ** 31 - 1;
const FOR_THE_GRAPH = 2 ** 24;

export const onnx: Exporter = (saved) => {
  const { model, parameters, tokenizer } = saved;
  if (familyOf(model).huggingFace.inTransformersJs !== true)
    return E.left(inputFault(`Transformers.js runs no model of the family ${model.kind}; export it to another format`));
  const bytes = [...parameters.values()].reduce((sum, { data }) => sum + data.byteLength, FOR_THE_GRAPH);
  if (bytes > MOST_BYTES)
    return E.left(
      inputFault(
        `an ONNX file holds less than 2 GiB, and the model's weights are ${(bytes / 2 ** 30).toFixed(1)} GiB; export it to another format`,
      ),
    );
  const notes =
    tokenizer === undefined ? ['the model has no tokenizer: ONNX Runtime runs the graph, and pipeline() needs a tokenizer beside it'] : [];
  return E.right({ content: new Map([[GRAPH, onnxModel(saved)], ...configurationFiles(saved, OWN)]), notes });
};
