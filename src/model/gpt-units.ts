import type { GptModel } from '../schedule/schedule.js';

/** Units of a GPT's feed-forward part: four widths. */
export const unitsOf = ({ width }: Pick<GptModel, 'width'>): number => 4 * width;
