/** The text form: `parse`, `bind` its free names, `print`. */
export { type Bindings, bind, namesOf } from './bind.js';
export { completed, cycleStages } from './cycles.js';
export { withMoments } from './moments.js';
export type { FreeName, OpenCount, OpenStage, OpenStages } from './open.js';
export { defaults, type Given, type Optioned, pairingGiven, stageOptions } from './option-tables.js';
export { optionValues } from './option-words.js';
export { parse } from './parse.js';
export { print, printStage } from './print.js';
export { endFault, isEnd, trainOf } from './train.js';
