/** A program as text: one line per operation, in the order of execution. For reading, golden files and reproducers. */
import type { Program, Role, TensorType, ValueId } from './program.js';

const typeText = ({ dtype, shape }: TensorType): string => `${dtype}[${shape.join(', ')}]`;

/** Only attributes that differ from the default are printed. */
const attributesText = (attributes: object): string => {
  const parts = Object.entries(attributes)
    .filter(([key, value]) => value !== false && !(key === 'alpha' && value === 1))
    .map(([key, value]) => (value === true ? key : `${key} ${Array.isArray(value) ? `[${value.join(', ')}]` : value}`));
  return parts.length === 0 ? '' : ` {${parts.join(', ')}}`;
};

/** `loss` for the loss, `moment embedding.token.weight/momentum`. */
const placeText = ({ role, name }: { readonly role: Role; readonly name: string }): string => (name === role ? role : `${role} ${name}`);

export const printProgram = (program: Program): string => {
  // Dead values leave gaps in the numbering, so values are renumbered in order of appearance.
  const names = new Map<ValueId, string>();
  const name = (id: ValueId): string => {
    const known = names.get(id);
    if (known !== undefined) return known;
    const fresh = `%${names.size}`;
    names.set(id, fresh);
    return fresh;
  };
  const typed = (id: ValueId): string => {
    const type = program.types[id];
    return `${name(id)}: ${type === undefined ? '?' : typeText(type)}`;
  };
  return [
    `program ${program.name}`,
    ...(program.rewrites ?? []).map(({ says, times }) => `  rewritten: ${says}, ${times === 1 ? 'once' : `${times} times`}`),
    ...program.inputs.map((input) => `  ${typed(input.value)} = ${placeText(input)}`),
    ...program.nodes.map(
      ({ operation, attributes, inputs, outputs }) =>
        `  ${outputs.map(typed).join(', ')} = ${operation}(${inputs.map(name).join(', ')})${attributesText(attributes)}`,
    ),
    ...program.outputs.map((output) => `  return ${placeText(output)} = ${name(output.value)}`),
    '',
  ].join('\n');
};
