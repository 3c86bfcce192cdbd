/**
 * A folder from which Transformers.js generates text, in Node and in a browser: an ONNX graph with a cache of keys and values, and the configuration and
 * tokenizer that it reads beside it. The step size is in the graph. Not here: the graph (`onnx-model.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { inputFault } from '../fault.js';
import { familyOf } from '../model/families.js';
import { configurationFiles } from '../model/model-folder.js';
import type { Exporter } from './export-format.js';
import { onnxModel } from './onnx-model.js';

/** Where Transformers.js looks for a graph of 32-bit floats. */
const GRAPH = 'onnx/model.onnx';

/** Elsewhere than in Node it would look for a quantized graph. */
const OWN = { 'transformers.js_config': { dtype: 'fp32' } } as const;

/** A file of protocol buffers holds no more. */
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
