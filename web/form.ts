/** The form: its values as settings, its fields for free names, and the place of messages. Not here: what the values mean. */
import type { Fault } from '../src/fault.js';
import { type BackendName, backendMenu, backendNames } from './backend-menu.js';
import { element } from './dom.js';
import { examples } from './examples.js';
import { fieldOf, freeNames, type Settings } from './form-schedule.js';
import { inLines } from './lines.js';

const form = element('form', HTMLFormElement);
const pipelineField = element('pipeline', HTMLTextAreaElement);
const namesBox = element('names', HTMLDivElement);
const sentence = element('sentence', HTMLParagraphElement);
const keyValueHeads = element('key-value-heads', HTMLLabelElement);

/** The initial value of a free name. */
const FIRST_GUESS = '100';

const control = (name: string): HTMLInputElement | HTMLSelectElement => {
  const found = form.elements.namedItem(name);
  if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement) return found;
  throw new Error(`the form has no field ${name}`);
};
const numberIn = (name: string): number => {
  const { value } = control(name);
  return value.trim() === '' ? Number.NaN : Number(value);
};

/** A select contains only the values of its options. */
const choiceIn = <Choice extends string>(name: string, choices: readonly Choice[]): Choice => {
  const { value } = control(name);
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new Error(`the field ${name} cannot hold ${value}`);
  return found;
};

/** The prefix of names of fields for free names, since a free name may equal the name of a field of the form: `train(layers)`. */
const FREE = 'free:';

const nameFields = (): readonly { readonly name: string; readonly value: string }[] =>
  [...namesBox.querySelectorAll('input')].map(({ name, value }) => ({ name: name.slice(FREE.length), value }));

/** Shows a number field for each free name of the pipeline; fields that remain keep their values. */
const showNames = (names: readonly string[]): void => {
  const before = new Map(nameFields().map(({ name, value }) => [name, value]));
  if (names.join() === [...before.keys()].join()) return;
  namesBox.hidden = names.length === 0;
  namesBox.replaceChildren(
    ...names.map((name) => {
      const label = document.createElement('label');
      const value = before.get(name) ?? FIRST_GUESS;
      const input = Object.assign(document.createElement('input'), { type: 'number', name: `${FREE}${name}`, value });
      input.inputMode = 'numeric';
      label.append(`${name} = `, input);
      return label;
    }),
  );
};

export const chosenBackend = (): BackendName => choiceIn('backend', backendNames);
export const chosenText = (): 'genesis' | 'file' => choiceIn('text', ['genesis', 'file']);

/** The form's values. `source` is the name of the text, which is not part of the form. */
export const readSettings = (source: string): Settings => {
  // While a text does not parse, its names are unknown: the fields remain unchanged.
  const names = freeNames(pipelineField.value);
  if (names.length > 0 || sentence.dataset.state !== 'wrong') showNames(names);
  return {
    pipeline: pipelineField.value,
    names: Object.fromEntries(
      nameFields()
        .filter(({ name }) => names.includes(name))
        .map(({ name, value }) => [name, value.trim() === '' ? Number.NaN : Number(value)]),
    ),
    family: choiceIn('family', ['gpt', 'llama']),
    keyValueHeads: numberIn('keyValueHeads'),
    parametrisation: choiceIn('parametrisation', ['standard', 'completeP']),
    baseLayers: numberIn('baseLayers'),
    baseWidth: numberIn('baseWidth'),
    layers: numberIn('layers'),
    width: numberIn('width'),
    heads: numberIn('heads'),
    context: numberIn('context'),
    batch: numberIn('batch'),
    optimizer: choiceIn('optimizer', ['adamw', 'muon', 'sgd']),
    peak: numberIn('peak'),
    shape: choiceIn('shape', ['cosine', 'constant', 'wsd']),
    warmup: numberIn('warmup'),
    seed: numberIn('seed'),
    every: numberIn('every'),
    batches: numberIn('batches'),
    source,
  };
};

/**
 * The fault's message with the label of its field in place of the path in a schedule, which is not visible here; for a text of several
 * lines, with the line.
 */
const inLabels = ({ about = '', message }: Fault, field: string | undefined): string => {
  const label = field === undefined ? undefined : control(field).labels?.[0]?.textContent?.trim();
  return label === undefined ? inLines(message, pipelineField.value) : message.replace(about, () => label);
};

/** Shows a fault under the pipeline and marks its field; without a fault, shows a description of the pipeline. */
export const showVerdict = (fault: Fault | undefined, sound: string): void => {
  const field = fault && fieldOf(fault);
  sentence.dataset.state = fault === undefined ? 'sound' : 'wrong';
  sentence.classList.toggle('wrong', fault !== undefined);
  // Set only when it changes, since a screen reader would repeat it.
  const words = fault === undefined ? sound : inLabels(fault, field);
  if (sentence.textContent !== words) sentence.textContent = words;
  for (const input of form.querySelectorAll('input')) input.removeAttribute('aria-invalid');
  pipelineField.setAttribute('aria-invalid', String(fault !== undefined && field === undefined));
  if (field !== undefined) {
    control(field).setAttribute('aria-invalid', 'true');
    control(field).setAttribute('aria-describedby', 'sentence');
  }
};

/**
 * Selects the example that the pipeline equals, if any: a menu reports only changes, so an example can be chosen only from another entry.
 */
const showExample = (): void => {
  control('example').value = examples.find(({ text }) => text === pipelineField.value)?.text ?? '';
};

/** Fills the menus and calls `changed` whenever anything in the form changes. */
export const startForm = (changed: () => void): void => {
  const option = (value: string, label: string): HTMLOptionElement => new Option(label, value);
  const example = control('example');
  const own = Object.assign(option('', 'your own'), { hidden: true, disabled: true });
  example.append(own, ...examples.map(({ name, text }) => option(text, name)));
  example.addEventListener('change', () => {
    pipelineField.value = example.value;
  });
  pipelineField.addEventListener('input', showExample);
  pipelineField.value = examples[0]?.text ?? '';
  showExample();
  const gpu = 'gpu' in navigator;
  control('backend').append(
    ...backendMenu.map(({ name, describe, gpu: needsGpu }) =>
      option(name, `${name}: ${describe}${needsGpu && !gpu ? ' (no WebGPU in this browser)' : ''}`),
    ),
  );
  const showOwnOfLlama = (): void => {
    keyValueHeads.hidden = control('family').value !== 'llama';
  };
  control('family').addEventListener('change', showOwnOfLlama);
  showOwnOfLlama();
  const showBase = (): void => {
    for (const label of form.querySelectorAll<HTMLElement>('.of-complete-p'))
      label.hidden = control('parametrisation').value !== 'completeP';
  };
  control('parametrisation').addEventListener('change', showBase);
  showBase();
  form.addEventListener('input', changed);
  form.addEventListener('change', changed);
};
