/** The text form: `parse`, `bind` its free names, `print`. */
export { defaults, optionValues } from '../defaults.js';
export type { FreeName, OpenCount, OpenStage, OpenStages } from '../open-stages.js';
export { print, printStage } from '../print/stages.js';
export { type Bindings, bind, isCount, namesOf } from './bind.js';
export { completed, cycleStages } from './cycles.js';
export { withMoments } from './moments.js';
export { type NamedText, namedTextOf, type OpenForm, openFormOf, withOpenForm } from './open-form.js';
export { type Given, type Optioned, pairingGiven, stageOptions, wayGiven } from './option-tables.js';
export { parse } from './parse.js';
export { read } from './read.js';
export { endFault, isEnd, trainOf } from './train.js';
