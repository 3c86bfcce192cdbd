#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0 (npm) beside tokenizers 0.23.2 (Python): the same tokenizer.json, other tokens, no error.
#
# Guessed: Hugging Face's package for JavaScript gives the tokens of its package for Python, but for what its README
#          says it cannot do: some constructs of regular expressions, and the behaviors that merge delimiters.
# Seen:    also the plain ones differ, in silence. A Split that is Removed removes its delimiters if the pattern is a
#          Regex, and keeps them if it is a String; an inverted Split that is Isolated keeps the matches alone, and
#          loses all text between them; an added token's `single_word` is read and then ignored: "yes" is found in
#          "yesterday".
# A model that runs in JavaScript with such a file is given other tokens than it was trained on. vcycle, which encodes
# by this package, gives it strings as regular expressions, and refuses a file with one of the others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @huggingface/tokenizers@0.2.0
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.2
cat >cases.py <<'PY'
import itertools
import json

from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

VOCABULARY = {word: index for index, word in enumerate(['?', 'a', 'bc', 'd', '-', 'yes', 'terday', 'yesterday'])}
cases = []


def add(name, text, pre_tokenizer=None, tokens=()):
    tokenizer = Tokenizer(WordLevel(VOCABULARY, unk_token='?'))
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_tokens(list(tokens))
    cases.append({'name': name, 'file': json.loads(tokenizer.to_str()), 'text': text, 'python': tokenizer.encode(text).tokens})


patterns = {'String': '-', 'Regex': Regex('-')}
for (kind, pattern), behavior, invert in itertools.product(patterns.items(), ['removed', 'isolated'], [False, True]):
    add(f'{kind} {behavior}{" inverted" if invert else ""}', 'a-bc--d', Split(pattern, behavior, invert=invert))
add('single_word', 'yesterday', tokens=[AddedToken('yes', single_word=True)])
print(json.dumps(cases))
PY
tools/bin/python cases.py >cases.json
cat >run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';

for (const { name, file, text, python } of JSON.parse(readFileSync('cases.json', 'utf8'))) {
  const [theirs, its] = [python, new Tokenizer(file, {}).encode(text).tokens].map((tokens) => tokens.join(' '));
  console.log(`${name}: Python ${theirs}, JavaScript ${its === theirs ? 'the same' : its}`);
}
JS
node run.mjs | tee said
diff said - <<'SEEN' || { echo 'changed'; exit 1; }
String removed: Python a bc d, JavaScript a - bc - - d
String removed inverted: Python - - -, JavaScript the same
String isolated: Python a - bc - - d, JavaScript the same
String isolated inverted: Python a - bc - - d, JavaScript - - -
Regex removed: Python a bc d, JavaScript the same
Regex removed inverted: Python - - -, JavaScript the same
Regex isolated: Python a - bc - - d, JavaScript the same
Regex isolated inverted: Python a - bc - - d, JavaScript - - -
single_word: Python yesterday, JavaScript yes terday
SEEN
