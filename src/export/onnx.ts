/**
 * A folder from which Transformers.js generates text, in Node and in a browser: an ONNX graph with a cache of keys and values, with the
 * configuration and tokenizer files; weights of 2 GiB and more are beside it. The step size is part of the graph. Not here: the graph
 * (`onnx-model.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { inputFault } from '../fault.js';
import { familyOf } from '../model/families.js';
import { configurationFiles } from '../model/model-folder.js';
import { ExternalData } from '../onnx/external-data.js';
import type { Content, Exporter } from './export-format.js';
import { onnxModel } from './onnx-model.js';

/** The folder and the name at which Transformers.js expects a graph of 32-bit floats. */
const FOLDER = 'onnx';
const GRAPH = 'model.onnx';

/** Outside Node it would otherwise look for a quantized graph. */
const PRECISION = { dtype: 'fp32' } as const;

/** Where Transformers.js expects weights that are not in the graph. */
const dataFile = (index: number): string => `${GRAPH}_data${index === 0 ? '' : `_${index}`}`;

/** The size limit of a protocol buffers file, and of what is read or written in one call. */
const MOST_BYTES = 2 ** 31 - 1;
const FOR_THE_GRAPH = 2 ** 24;

const own = (dataFiles: number): object => ({
  'transformers.js_config': {
    ...PRECISION,
    ...(dataFiles === 0 ? {} : { use_external_data_format: dataFiles }),
  },
});

/** @param most bytes of weights in a file; a model with more of them has them beside the graph. */
export const onnxWithin =
  (most: number): Exporter =>
  (saved) => {
    const { model, parameters, tokenizer } = saved;
    if (familyOf(model).huggingFace.inTransformersJs !== true)
      return E.left(inputFault(`Transformers.js runs no model of the family ${model.kind}; export it to another format`));
    const content = (): Content => {
      const bytes = [...parameters.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
      const beside = bytes > most ? new ExternalData(dataFile, most) : undefined;
      const graph = onnxModel(saved, beside);
      const data = beside?.files() ?? new Map<string, Uint8Array>();
      return new Map([
        [`${FOLDER}/${GRAPH}`, graph],
        ...[...data].map(([name, file]) => [`${FOLDER}/${name}`, file] as const),
        ...configurationFiles(saved, own(data.size)),
      ]);
    };
    const notes =
      tokenizer === undefined
        ? ['the model has no tokenizer: ONNX Runtime runs the graph, and pipeline() needs a tokenizer beside it']
        : [];
    return E.right({ content, notes });
  };

export const onnx: Exporter = onnxWithin(MOST_BYTES - FOR_THE_GRAPH);
