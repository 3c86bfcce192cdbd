#!/usr/bin/env bash
# typescript 5.9.3 and 7.0.2: `${infer A extends Blank}${infer B extends Blank}…` of a union builds the product of the unions, whatever text it meets.
#
# Guessed: each `infer` takes one character and holds it against the union, so that eight of them read a text eight characters at a time for the
#          price of eight, and nine for that of nine.
# Seen:    the template's type is the union of all combinations, 4^8 = 65,536 for the four kinds of blanks, made before anything is matched; with nine
#          it is refused where it is written, TS2590 (more than 100,000 members), though no text has been matched yet.
# Parsers in types that read in large bites to save depth pay for it in memory. vcycle's match blanks one within another, in nested conditions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts ts5@npm:typescript@5.9.3 ts7@npm:typescript@7.0.2
echo '{"compilerOptions":{"noEmit":true,"strict":true,"target":"esnext","types":[]},"files":["a.ts"]}' >tsconfig.json
for compiler in ts5 ts7; do
  for bite in 8 9; do
    inferred=''
    for index in $(seq "$bite"); do inferred+="\${infer _$index extends Blank}"; done
    cat >a.ts <<TS
type Blank = ' ' | '\t' | '\n' | '\r';
export type Trim<S extends string> = S extends \`$inferred\${infer Rest}\` ? Trim<Rest> : S;
TS
    said=$(node "node_modules/$compiler/bin/tsc" -p . || true)
    echo "$compiler, $bite at a time: ${said:-no error}"
    case "$bite $said" in
      '8 ' | '9 '*TS2590*) ;;
      *) echo 'changed'; exit 1 ;;
    esac
  done
done
