/**
 * A Llama-shaped model as llama.cpp's `llama`, or with `queryKeyNorm` as its `qwen3`. Not here: its names at Hugging Face (`llama-hugging-face.ts`).
 */
import type { LlamaModel } from '../schedule/schedule.js';
import type { Sized } from './family.js';
import type { Gguf, GgufTensor } from './gguf-naming.js';
import { headSizeOf } from './llama-sizes.js';

/** Parts of a layer by their names in a Hugging Face's layer, whose layouts are llama.cpp's too. */
const PARTS = {
  input_layernorm: 'attn_norm',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
} as const;

/**
 * Queries and keys of its `llama` are turned in pairs of adjacent units, where Hugging Face's class pairs the halves of a head; its `qwen3` pairs halves
 * as well.
 */
const turned = (index: number, { heads, keyValueHeads, queryKeyNorm }: LlamaModel): readonly GgufTensor[] =>
  (
    [
      ['q', heads],
      ['k', keyValueHeads],
    ] as const
  ).flatMap(([part, own]) => {
    const [name, of] = [`blk.${index}.attn_${part}`, `model.layers.${index}.self_attn.${part}`];
    const matrix = { name: `${name}.weight`, of: `${of}_proj.weight`, transposed: false };
    return queryKeyNorm
      ? [matrix, { name: `${name}_norm.weight`, of: `${of}_norm.weight`, transposed: false }]
      : [{ ...matrix, pairedHeads: own }];
  });

const layer = (index: number, model: LlamaModel): readonly GgufTensor[] => [
  ...turned(index, model),
  ...Object.entries(PARTS).map(([of, name]) => ({
    name: `blk.${index}.${name}.weight`,
    of: `model.layers.${index}.${of}.weight`,
    transposed: false,
  })),
];

export const llamaGguf: Gguf<LlamaModel> = {
  architecture: ({ queryKeyNorm }) => (queryKeyNorm ? 'qwen3' : 'llama'),
  tensors: (model: Sized<LlamaModel>) => [
    { name: 'token_embd.weight', of: 'model.embed_tokens.weight', transposed: false },
    ...Array.from({ length: model.layers }, (_, index) => layer(index, model)).flat(),
    { name: 'output_norm.weight', of: 'model.norm.weight', transposed: false },
    ...(model.tied ? [] : [{ name: 'output.weight', of: 'lm_head.weight', transposed: false }]),
  ],
  sizes: (model) => ({
    context_length: model.context,
    embedding_length: model.width,
    feed_forward_length: model.hidden,
    block_count: model.layers,
    'attention.head_count': model.heads,
    'attention.head_count_kv': model.keyValueHeads,
    'attention.key_length': headSizeOf(model),
    'attention.value_length': headSizeOf(model),
    'rope.dimension_count': headSizeOf(model),
  }),
  numbers: ({ epsilon, theta }) => ({ 'attention.layer_norm_rms_epsilon': epsilon, 'rope.freq_base': theta }),
  notes: () => [],
};
