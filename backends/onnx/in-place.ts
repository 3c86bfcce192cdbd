/** What a program computes without memory of its own where large state is updated piece by piece (`update-in-pieces.ts`). */
import type { Program, ValueId } from '../../src/program/program.js';
import { regionsInPieces } from './regions-in-pieces.js';

/** Intermediate values of an update, which are as large as a piece; and next values of state in the memory of the previous ones. */
export const computedInPlace = (program: Program): ReadonlySet<ValueId> =>
  new Set(
    regionsInPieces(program).flatMap(({ nodes, successions, inPlace }) => {
      const apart = new Set(successions.filter((each) => !inPlace.includes(each)).map(({ output }) => program.outputs[output]?.value));
      return nodes.flatMap(({ outputs }) => outputs).filter((id) => !apart.has(id));
    }),
  );
