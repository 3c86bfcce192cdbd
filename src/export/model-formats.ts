/** The formats by name; each is loaded on demand. To add one: a file beside the others, and a row here. */
import type { ExportFormat } from './export-format.js';

export const formats = {
  huggingface: {
    makes: 'folder',
    description: "a folder for Hugging Face's Transformers",
    load: async () => (await import('./hugging-face.js')).huggingFace,
  },
  gguf: {
    makes: 'file',
    description: 'a GGUF file for llama.cpp',
    load: async () => (await import('./gguf.js')).gguf,
  },
  onnx: {
    makes: 'folder',
    description: 'a folder for Transformers.js, with an ONNX graph',
    load: async () => (await import('./onnx.js')).onnx,
  },
} as const satisfies Readonly<Record<string, ExportFormat>>;

export type FormatName = keyof typeof formats;

export const formatNames = Object.keys(formats) as readonly FormatName[];
