/** A GPT as llama.cpp's `gpt2`. Not here: its names at Hugging Face (`gpt-hugging-face.ts`). */
import type { GptModel } from '../schedule/schedule.js';
import type { Sized } from './family.js';
import type { Gguf, GgufTensor } from './gguf-naming.js';
import { unitsOf } from './gpt-units.js';

/** Parts of a layer by their names in a Hugging Face's layer; products are `Conv1D`, [in, out], there, and [out, in] here. */
const NORMS = { ln_1: 'attn_norm', ln_2: 'ffn_norm' } as const;
const PRODUCTS = { 'attn.c_attn': 'attn_qkv', 'attn.c_proj': 'attn_output', 'mlp.c_fc': 'ffn_up', 'mlp.c_proj': 'ffn_down' } as const;

const pair = (name: string, of: string, transposed: boolean): readonly GgufTensor[] => [
  { name: `${name}.weight`, of: `${of}.weight`, transposed },
  { name: `${name}.bias`, of: `${of}.bias`, transposed: false },
];

const layer = (index: number): readonly GgufTensor[] => {
  const parts = (names: Readonly<Record<string, string>>, transposed: boolean): readonly GgufTensor[] =>
    Object.entries(names).flatMap(([of, name]) => pair(`blk.${index}.${name}`, `transformer.h.${index}.${of}`, transposed));
  return [...parts(NORMS, false), ...parts(PRODUCTS, true)];
};

export const gptGguf: Gguf<GptModel> = {
  architecture: () => 'gpt2',
  tensors: ({ layers }: Sized<GptModel>) => [
    { name: 'token_embd.weight', of: 'transformer.wte.weight', transposed: false },
    { name: 'position_embd.weight', of: 'transformer.wpe.weight', transposed: false },
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
    ...pair('output_norm', 'transformer.ln_f', false),
  ],
  sizes: ({ layers, heads, width, context }) => ({
    context_length: context,
    embedding_length: width,
    feed_forward_length: unitsOf({ width }),
    block_count: layers,
    'attention.head_count': heads,
  }),
  numbers: () => ({ 'attention.layer_norm_epsilon': 1e-5 }),
  notes: ({ gelu }) =>
    gelu === 'tanh'
      ? []
      : [
          "llama.cpp computes GPT-2's GELU by its tanh form, and this model was trained with the exact one: its logits differ a little there",
        ],
};
