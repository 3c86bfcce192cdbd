/**
 * What the axes of the parameters stand for, so that a transfer over the width knows which to narrow and from which side. Not here: shapes and
 * initial values (`parameters.ts`), the transfer (`src/transfer/width.ts`).
 */
import type { Axis, NarrowedAxis } from '../transfer/layer-tensor.js';

type Units = NarrowedAxis['of'];

const input = (of: Units): Axis => ({ of, side: 'input' });
const output = (of: Units): Axis => ({ of, side: 'output' });

/** Of y = x·W + b: what x and y are. */
const LINEAR: ReadonlyMap<string, readonly [from: Units, to: Units]> = new Map([
  ['attention.query', ['hidden', 'heads']],
  ['attention.key', ['hidden', 'heads']],
  ['attention.value', ['hidden', 'heads']],
  ['attention.output', ['heads', 'hidden']],
  ['mlp.expand', ['hidden', 'units']],
  ['mlp.contract', ['units', 'hidden']],
]);

/**
 * The axes of a parameter by its name within its group. The final norm is read by the tied head alone, logits = norm(x)·Eᵀ, where E is also
 * what is written into the residual stream: so it is the norm that is on the reading side.
 */
export const axesOf = (name: string): readonly Axis[] => {
  if (name.startsWith('embedding.')) return ['kept', output('hidden')];
  if (name.startsWith('norm.')) return [input('hidden')];
  if (/^(attention|mlp)\.norm\./.test(name)) return [output('hidden')];
  const linear = LINEAR.get(name.replace(/\.(weight|bias)$/, ''));
  if (linear === undefined) throw new Error(`no axes are known of the parameter ${name}`);
  const [from, to] = linear;
  return name.endsWith('.bias') ? [output(to)] : [input(from), output(to)];
};
