/**
 * A GPT as GPT-2: the names, layouts and configuration of Hugging Face's `GPT2LMHeadModel`. Its `Conv1D` weights are [in, out], as ours.
 * Not here: moving values between the two (`hugging-face.ts`).
 */
import type { GptModel } from '../schedule/schedule.js';
import type { Sized } from './family.js';
import { unitsOf } from './gpt-units.js';
import { gpt2Reading } from './gpt2-config.js';
import type { Correspondence, HuggingFace } from './hugging-face.js';

const correspondences = ({ layers, width, context, vocabulary }: Sized<GptModel>): readonly Correspondence[] => {
  const units = unitsOf({ width });
  const one = (theirs: string, ours: string, shape: readonly number[]): Correspondence => ({ theirs, ours: [ours], shape });
  const norm = (theirs: string, ours: string): readonly Correspondence[] =>
    ['weight', 'bias'].map((part) => one(`${theirs}.${part}`, `${ours}.${part}`, [width]));
  const linear = (theirs: string, ours: readonly string[], inputs: number, outputs: number): readonly Correspondence[] => [
    { theirs: `${theirs}.weight`, ours: ours.map((name) => `${name}.weight`), shape: [inputs, outputs] },
    { theirs: `${theirs}.bias`, ours: ours.map((name) => `${name}.bias`), shape: [outputs] },
  ];
  const layer = (index: number): readonly Correspondence[] => {
    const [theirs, our] = [`transformer.h.${index}`, `layers.${index}`];
    const projections = ['query', 'key', 'value'].map((name) => `${our}.attention.${name}`);
    return [
      ...norm(`${theirs}.ln_1`, `${our}.attention.norm`),
      ...linear(`${theirs}.attn.c_attn`, projections, width, width),
      ...linear(`${theirs}.attn.c_proj`, [`${our}.attention.output`], width, width),
      ...norm(`${theirs}.ln_2`, `${our}.mlp.norm`),
      ...linear(`${theirs}.mlp.c_fc`, [`${our}.mlp.expand`], width, units),
      ...linear(`${theirs}.mlp.c_proj`, [`${our}.mlp.contract`], units, width),
    ];
  };
  return [
    one('transformer.wte.weight', 'embedding.token.weight', [vocabulary, width]),
    one('transformer.wpe.weight', 'embedding.position.weight', [context, width]),
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
    ...norm('transformer.ln_f', 'norm'),
  ];
};

/**
 * The `config.json` of `GPT2LMHeadModel` for this model: tied head, no dropout. Vocabularies of characters have no tokens for the beginning or the
 * end of a text, so none is named.
 */
const config = ({ layers, heads, width, context, vocabulary, gelu }: Sized<GptModel>) =>
  ({
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    n_layer: layers,
    n_head: heads,
    n_embd: width,
    n_inner: unitsOf({ width }),
    n_positions: context,
    n_ctx: context,
    vocab_size: vocabulary,
    activation_function: gelu === 'tanh' ? 'gelu_new' : 'gelu',
    layer_norm_epsilon: 1e-5,
    tie_word_embeddings: true,
    scale_attn_weights: true,
    scale_attn_by_inverse_layer_idx: false,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    bos_token_id: null,
    eos_token_id: null,
    torch_dtype: 'float32',
  }) as const;

export const gptHuggingFace: HuggingFace<GptModel> = {
  correspondences,
  ofVocabulary: 'transformer.wte.weight',
  inTransformersJs: true,
  config,
  reading: gpt2Reading,
};
