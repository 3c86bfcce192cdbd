/**
 * Options as they were given: an option that is explicitly undefined counts as left out, so that its default stays.
 */
export const given = <Options extends object>(options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
