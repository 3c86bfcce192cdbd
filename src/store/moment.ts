/**
 * Dates and times as people write them in conditions: a year, a month, a day, a time. Not here: what is compared with them
 * (`condition.ts`).
 */

const WRITTEN = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/** Whether the day exists: Date itself reads the 30th of February as a day in March. */
const isDay = (year: string, month: string, day: string): boolean =>
  new Date(`${year}-${month}-${day}T00:00Z`).toISOString().startsWith(`${year}-${month}-${day}`);

/**
 * Milliseconds since the epoch at which a date begins: in local time, as in the names of run folders, unless a zone is given. Undefined if
 * the text is not a date.
 *
 * @example
 * momentOf('2026') // as '2026-01-01', as '2026-01-01 00:00'
 */
export const momentOf = (text: string): number | undefined => {
  const [, year, month = '01', day = '01', time = '00:00', zone = ''] = WRITTEN.exec(text) ?? [];
  if (year === undefined) return undefined;
  const moment = Date.parse(`${year}-${month}-${day}T${time}${zone}`);
  return Number.isNaN(moment) || !isDay(year, month, day) ? undefined : moment;
};
