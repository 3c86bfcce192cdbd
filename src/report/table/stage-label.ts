/** A stage's text as a narrow column shows it. Not here: the text itself (`src/schedule/text`), which `vcycle compile --text` shows in full. */

/**
 * An end is cut down to its name and its bound, and long names are words, with blanks at which a line may break.
 *
 * @example
 * stageLabel('train(until.loss(2.5, on: heldOut, atMost: 400), only: new)') // 'train until loss, at most 400, only: new'
 */
export const stageLabel = (op: string): string =>
  op
    .replace(/^train\(until\.(\w+)\(.*?atMost: (\d+)\)(.*)\)$/, 'train until $1, at most $2$3')
    .replace('stochasticDepth: ', 'stochastic depth ')
    .replace('sharedLayers: ', 'shared layers ');
