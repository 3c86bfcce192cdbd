/** The events of a run without steps and evaluations that spikes threw away. Not here: when that happens (`../stages/spikes.ts`). */
import type { RunEvent } from './events.js';

/** All other events stay, the spikes too. */
export const withoutThrown = (events: readonly RunEvent[]): readonly RunEvent[] => {
  if (!events.some(({ kind }) => kind === 'spiked')) return events;
  const kept: RunEvent[] = [];
  for (const event of events) {
    if (event.kind === 'spiked') {
      const { to } = event;
      const left = kept.filter((before) => !((before.kind === 'step' || before.kind === 'evaluated') && before.step > to));
      kept.splice(0, kept.length, ...left);
    }
    kept.push(event);
  }
  return kept;
};
