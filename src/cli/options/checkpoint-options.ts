/**
 * The options about checkpoints, for the commands that train.
 */
import { type Command, Option } from 'commander';
import type { CheckpointPolicy } from '../../runner/events/events.js';
import { integer } from './argument-numbers.js';

/** An omitted option leaves its part of the policy as it is. */
export interface CheckpointOptions {
  readonly checkpointEvery?: number;
  readonly keep?: number;
}

export const addCheckpointOptions = (command: Command): Command =>
  command
    .addOption(new Option('--checkpoint-every <steps>', 'steps between checkpoints (default: 100)').argParser(integer(1)))
    .addOption(new Option('--keep <n>', 'number of newest checkpoints to keep (default: 2)').argParser(integer(1)));

export const checkpointPolicy = ({ checkpointEvery, keep }: CheckpointOptions, otherwise: CheckpointPolicy): CheckpointPolicy => ({
  every: checkpointEvery ?? otherwise.every,
  keep: keep ?? otherwise.keep,
});
