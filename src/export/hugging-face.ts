/**
 * A folder that Hugging Face's Transformers opens and that needs nothing else: what a run's own model folder holds, without vcycle's file. What that file
 * says of the step size is in the weights, since h is folded into them. Not here: names and layouts (`src/model/hugging-face.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { MODEL_FILES, type SavedModel, writeModelFolder } from '../model/model-folder.js';
import type { Exporter } from './export-format.js';

const notesOn = ({ tokenizer }: SavedModel): readonly string[] =>
  tokenizer === undefined
    ? ['the model has no tokenizer: AutoModelForCausalLM opens the folder, and pipeline() needs a tokenizer beside it']
    : [];

export const huggingFace: Exporter = (saved) =>
  E.right({ content: new Map([...writeModelFolder(saved)].filter(([name]) => name !== MODEL_FILES.own)), notes: notesOn(saved) });
