/**
 * A self-contained folder for Hugging Face's Transformers: a run's own model folder without vcycle's file. The step size in that file is
 * not lost, since h is folded into the weights. Not here: names and layouts (`src/model/hugging-face.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { MODEL_FILES, type SavedModel, writeModelFolder } from '../model/model-folder.js';
import type { Exporter } from './export-format.js';

const notesOn = ({ tokenizer }: SavedModel): readonly string[] =>
  tokenizer === undefined
    ? ['the model has no tokenizer: AutoModelForCausalLM opens the folder, and pipeline() needs a tokenizer beside it']
    : [];

export const huggingFace: Exporter = (saved) =>
  E.right({
    content: () => new Map([...writeModelFolder(saved)].filter(([name]) => name !== MODEL_FILES.own)),
    notes: notesOn(saved),
  });
