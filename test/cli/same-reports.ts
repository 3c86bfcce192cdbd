/** The reports of two comparisons, byte for byte. Not a test itself. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is measured differs from one time to the next; the manifest lists the jobs in the order in which they were wanted. */
const isReport = (name: string): boolean => /\.(html|svg|png|json)$/.test(name) && name !== 'timings.json';

export const assertSameReports = (folder: string, other: string): void => {
  const names = readdirSync(folder).filter(isReport).sort();
  assert.deepEqual(readdirSync(other).filter(isReport).sort(), names);
  // A page, its data, and five pictures in two formats.
  assert.equal(names.length, 12, names.join());
  for (const name of names)
    assert.ok(readFileSync(join(folder, name)).equals(readFileSync(join(other, name))), `${name} differs between ${folder} and ${other}`);
};
