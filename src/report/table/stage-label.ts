/** A stage's text shortened for a narrow column. Not here: the text itself (`src/schedule/text`), which `vcycle compile --text` shows in full. */

/**
 * An end condition is shortened to its name and bound, and long names are written as separate words, so that a line can break between them.
 *
 * @example
 * stageLabel('train(until.loss(2.5, on: heldOut, atMost: 400), only: new)') // 'train until loss, at most 400, only: new'
 */
export const stageLabel = (op: string): string =>
  op
    .replace(/^train\(until\.(\w+)\(.*?atMost: (\d+)\)(.*)\)$/, 'train until $1, at most $2$3')
    .replace('stochasticDepth: ', 'stochastic depth ')
    .replace('sharedLayers: ', 'shared layers ');
