import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

const MODULE = new URL('../../src/cli/process/young-generation.js', import.meta.url).href;

/** Megabytes of the young generation of a process that has allocated objects, many of which lived for a while. */
const grownTo = (first: string): number => {
  const program = `
    const { getHeapSpaceStatistics } = await import('node:v8');
    const { keepYoungGenerationSmall } = await import(${JSON.stringify(MODULE)});
    ${first}
    for (let round = 0; round < 40; round++) Array.from({ length: 3e4 }, (_, index) => ({ index }));
    console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 1e6);`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }));
};

describe('the young generation of a process that trains', () => {
  it('does not grow, as it otherwise would', () => {
    assert.ok(grownTo('keepYoungGenerationSmall();') < 3);
    assert.ok(grownTo('') > 6);
  });
});
