/** Whether data know their documents where a schedule keeps them separate. Not here: how documents are found (`src/data`). */
import * as E from 'fp-ts/lib/Either.js';
import type { Dataset } from '../data/dataset.js';
import { type Fault, inputFault } from '../fault.js';
import type { Schedule } from '../schedule/schedule.js';

const tellsDocuments = (dataset: Dataset): boolean =>
  dataset.kind === 'text' && [dataset.training, dataset.heldOut].every(({ documentStarts }) => documentStarts !== undefined);

/** Left: data that were loaded without the schedule's `documents`. */
export const keepsDocuments = ({ setup: { data } }: Schedule, dataset: Dataset): E.Either<Fault, void> =>
  data.kind === 'text' && data.documents === 'separate' && !tellsDocuments(dataset)
    ? E.left(
        inputFault(
          'setup.data.documents is separate, and the data must tell their documents apart (do not); give what loadDataset(schedule.setup.data, …) gives',
          'setup.data.documents',
        ),
      )
    : E.right(undefined);
