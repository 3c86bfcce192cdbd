/**
 * A Llama-shaped model at Hugging Face: the names, layouts and configuration of `LlamaForCausalLM`, and with `queryKeyNorm` of `Qwen3ForCausalLM`,
 * which is the same with that norm. Their `Linear` weights are [out, in]. Not here: moving values between the two (`hugging-face.ts`).
 */
import type { LlamaModel } from '../schedule/schedule.js';
import type { Sized } from './family.js';
import type { Correspondence, HuggingFace } from './hugging-face.js';
import { llamaReading } from './llama-config.js';
import { headSizeOf, keyValueWidthOf } from './llama-sizes.js';

/** Theirs by ours, in a layer: matrices from `width` to …, or from … to `width`. */
const layer = (index: number, model: Sized<LlamaModel>): readonly Correspondence[] => {
  const { width, hidden, queryKeyNorm } = model;
  const [theirs, our] = [`model.layers.${index}`, `layers.${index}`];
  const keyValueWidth = keyValueWidthOf(model);
  const vector = (name: string, own: string, size: number): Correspondence => ({
    theirs: `${theirs}.${name}.weight`,
    ours: [`${our}.${own}.weight`],
    shape: [size],
  });
  const matrix = (name: string, own: string, inputs: number, outputs: number): Correspondence => ({
    ...vector(name, own, 0),
    shape: [inputs, outputs],
    transposed: true,
  });
  return [
    vector('input_layernorm', 'attention.norm', width),
    matrix('self_attn.q_proj', 'attention.query', width, width),
    matrix('self_attn.k_proj', 'attention.key', width, keyValueWidth),
    matrix('self_attn.v_proj', 'attention.value', width, keyValueWidth),
    ...(queryKeyNorm
      ? [
          vector('self_attn.q_norm', 'attention.queryNorm', headSizeOf(model)),
          vector('self_attn.k_norm', 'attention.keyNorm', headSizeOf(model)),
        ]
      : []),
    matrix('self_attn.o_proj', 'attention.output', width, width),
    vector('post_attention_layernorm', 'mlp.norm', width),
    matrix('mlp.gate_proj', 'mlp.gate', width, hidden),
    matrix('mlp.up_proj', 'mlp.up', width, hidden),
    matrix('mlp.down_proj', 'mlp.down', hidden, width),
  ];
};

const correspondences = (model: Sized<LlamaModel>): readonly Correspondence[] => {
  const table = (theirs: string, own: string): Correspondence => ({ theirs, ours: [own], shape: [model.vocabulary, model.width] });
  return [
    table('model.embed_tokens.weight', 'embedding.token.weight'),
    ...Array.from({ length: model.layers }, (_, index) => layer(index, model)).flat(),
    { theirs: 'model.norm.weight', ours: ['norm.weight'], shape: [model.width] },
    ...(model.tied ? [] : [table('lm_head.weight', 'head.weight')]),
  ];
};

/** `rope_parameters` is how Transformers 5 says it, `rope_theta` how earlier versions and other programs do. */
const config = (model: Sized<LlamaModel>): Readonly<Record<string, unknown>> => ({
  architectures: [model.queryKeyNorm ? 'Qwen3ForCausalLM' : 'LlamaForCausalLM'],
  model_type: model.queryKeyNorm ? 'qwen3' : 'llama',
  num_hidden_layers: model.layers,
  num_attention_heads: model.heads,
  num_key_value_heads: model.keyValueHeads,
  hidden_size: model.width,
  head_dim: headSizeOf(model),
  intermediate_size: model.hidden,
  max_position_embeddings: model.context,
  vocab_size: model.vocabulary,
  hidden_act: 'silu',
  rms_norm_eps: model.epsilon,
  rope_parameters: { rope_type: 'default', rope_theta: model.theta },
  rope_theta: model.theta,
  tie_word_embeddings: model.tied,
  attention_bias: false,
  mlp_bias: false,
  attention_dropout: 0,
  initializer_range: 0.02,
  use_cache: true,
  bos_token_id: null,
  eos_token_id: null,
  pad_token_id: null,
  torch_dtype: 'float32',
});

export const llamaHuggingFace: HuggingFace<LlamaModel> = {
  correspondences,
  ofVocabulary: 'model.embed_tokens.weight',
  inTransformersJs: true,
  config,
  reading: llamaReading,
};
