#!/usr/bin/env bash
# llama.cpp of @node-llama-cpp/linux-x64 3.22.1: a GGUF vocabulary of kind gpt2 without `tokenizer.ggml.eos_token_id`
# ends its texts at the comma.
#
# Guessed: a vocabulary without the key has no token that ends a text, or `<|endoftext|>`, which it holds as a control
#          token and llama.cpp knows by name.
# Seen:    both token 11 and `<|endoftext|>` end a text: 11 is llama.cpp's default, whatever it stands for. In GPT-2's
#          own order of bytes it is ",", so that generation stops at the first comma. It is also the default of the
#          token that begins texts. The log has one warning, which names neither.
# Who writes GGUF files for a tokenizer of their own must name a token. vcycle writes both, and exports no tokenizer
# that has no token for the end of a text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @node-llama-cpp/linux-x64@3.22.1
cat >run.cjs <<'JS'
const { writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

// GPT-2's first tokens: the bytes that can be printed, each as itself, then the others, as characters from U+0100 on.
const printable = (byte) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
const bytes = Array.from({ length: 256 }, (_, byte) => byte);
const codes = [...bytes.filter(printable), ...bytes.filter((byte) => !printable(byte)).map((_, index) => 256 + index)];
const tokens = [...codes.map((code) => String.fromCodePoint(code)), 'th', '<|endoftext|>'];
const end = tokens.length - 1;

const [U32, I32, STRING, ARRAY] = [4, 5, 8, 9];
const [NORMAL, CONTROL] = [1, 3];
const u32 = (value) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const one = (type, key, value) => Buffer.concat([text(key), u32(type), value]);
const list = (key, type, values) => one(ARRAY, key, Buffer.concat([u32(type), u64(values.length), ...values]));

const ggufOf = (own) => {
  const values = [
    one(STRING, 'general.architecture', text('gpt2')),
    one(STRING, 'tokenizer.ggml.model', text('gpt2')),
    one(STRING, 'tokenizer.ggml.pre', text('gpt-2')),
    list('tokenizer.ggml.tokens', STRING, tokens.map(text)),
    list('tokenizer.ggml.token_type', I32, tokens.map((_, id) => u32(id === end ? CONTROL : NORMAL))),
    list('tokenizer.ggml.merges', STRING, [text('t h')]),
    ...own,
  ];
  const head = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(0), u64(values.length), ...values]);
  return Buffer.concat([head, Buffer.alloc(-head.length & 31)]);
};

(async () => {
  const folder = join(dirname(require.resolve('@node-llama-cpp/linux-x64')), '..', 'bins', 'linux-x64');
  const addon = require(join(folder, 'llama-addon.node'));
  addon.setLoggerLogLevel(0);
  addon.loadBackends(folder);
  await addon.init();
  for (const [name, own] of Object.entries({ without: [], with: [one(U32, 'tokenizer.ggml.eos_token_id', u32(end))] })) {
    writeFileSync(`${name}.gguf`, ggufOf(own));
    const model = new addon.AddonModel(`${name}.gguf`, { addonExports: addon, gpuLayers: 0, vocabOnly: true });
    if (!(await model.init())) throw new Error('not opened');
    const ids = [...model.tokenize('the, end', false)].join(' ');
    const ends = tokens.filter((_, id) => model.isEogToken(id)).join(' ');
    console.log(`${name} eos_token_id: "the, end" is ${ids}; texts end at ${ends}`);
  }
  await addon.dispose();
})();
JS
node run.cjs | tee said
grep -qx 'without eos_token_id: .* texts end at , <|endoftext|>' said || { echo 'changed: no comma'; exit 1; }
grep -qx 'with eos_token_id: .* texts end at <|endoftext|>' said || { echo 'changed: more than the token named'; exit 1; }
