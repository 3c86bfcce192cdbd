/**
 * The state of an arm that runs beside others, on a backend of its own: like that of a run, but what it reports goes to its run, in its turn. Not here:
 * starting arms, and joining them (`arms-at-once.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { addFlops, type Flops } from '../../program/types/flops.js';
import { armPrefix } from '../checkpoints/checkpoint.js';
import type { Checkpoint, CheckpointPlace } from '../checkpoints/saved-state.js';
import type { RunEvent } from '../events/events.js';
import type { Continuation, RunInputs } from '../state/run-inputs.js';
import { RunState, type Untimed } from '../state/run-state.js';
import type { Stop } from '../state/stop.js';
import { Turn } from './turn.js';

/** By the number of the arm, from 1: a state of the run in which the next arm has begun, and which so holds the end of that arm. */
export type Ends = ReadonlyMap<number, Checkpoint>;

/** The outermost branch, whose arms run at once, comes first in a state. */
const OUTERMOST = 0;

/** A state of an arm, with the ends of the arms before it, which it could not know while they ran. */
const withEnds = (state: Checkpoint, ends: Ends): Checkpoint => {
  const [branch, ...inner] = state.branches;
  if (branch === undefined) return state;
  const tensors = new Map(state.tensors);
  const arms = branch.arms.map((arm, index) => {
    const end = ends.get(index + 1);
    const prefix = armPrefix(OUTERMOST, index);
    for (const [name, tensor] of end?.tensors ?? []) if (name.startsWith(prefix)) tensors.set(name, tensor);
    return end?.branches[OUTERMOST]?.arms[index] ?? arm;
  });
  return { ...state, tensors, branches: [{ ...branch, arms }, ...inner] };
};

export class ArmState extends RunState {
  readonly #turn = new Turn();
  /** FLOPs of the run before the arm, once its turn has begun; its own count from the arm's beginning. */
  #flopsBefore: Flops | undefined;
  /** How it diverged; which state was the last good one is known only in its turn. */
  #divergence: (() => Stop) | undefined;
  /** Why a state that waited could not be written. */
  #unwritten: Stop | undefined;

  constructor(
    given: RunInputs,
    continues: Continuation,
    private readonly run: RunState,
    /** Of the arms whose turn has been. */
    private readonly before: Ends,
  ) {
    super(given, continues);
  }

  override get goodCheckpoint(): string | undefined {
    return this.run.goodCheckpoint;
  }

  override get brokenFolder(): Stop | undefined {
    return this.#unwritten ?? this.run.brokenFolder;
  }

  override emit(event: Untimed<RunEvent>): void {
    this.#turn.report(() => {
      if (event.kind === 'stage-ended') this.run.records.push(event.record);
      // The time is that of the report: events are in the order of their times.
      this.run.emit(this.#sinceRun(event));
    });
  }

  override trustCheckpoint(): void {
    this.#turn.reportTrust(() => this.run.trustCheckpoint());
  }

  override put(state: Checkpoint, over = false): Stop | undefined {
    let stop: Stop | undefined;
    const { phase }: CheckpointPlace = state.place;
    this.#turn.reportState(() => {
      stop = this.run.put(this.whole(state), over);
      this.#unwritten ??= stop;
    }, phase !== 'stepped');
    return stop;
  }

  /** Its turn begins: all arms before it have ended. */
  beginTurn(): void {
    this.#flopsBefore = this.run.flops;
    this.#turn.begin();
  }

  /** A state of this arm as one of the whole run; only in its turn. */
  whole(state: Checkpoint): Checkpoint {
    const place = { ...state.place, flops: addFlops(this.#flopsOfRun, state.place.flops) };
    return withEnds({ ...state, place }, this.before);
  }

  override diverged(...how: Parameters<RunState['diverged']>): Stop {
    this.#divergence = () => super.diverged(...how);
    return this.#divergence();
  }

  /** How it stopped, in its turn. */
  stopInTurn(stop: Stop): Stop {
    return stop.kind === 'diverged' ? (this.#divergence?.() ?? stop) : stop;
  }

  /** Its last stage has ended: its state, where the stage of that index is next. */
  last(stage: number): Promise<E.Either<Stop, Checkpoint>> {
    this.beginStage();
    return this.take(stage, 'before');
  }

  /** A state of this arm as one of the whole run; undefined for one that is not finite, or was lost. */
  async wholeNow(): Promise<Checkpoint | undefined> {
    const taken = await this.take(this.stages, 'before');
    return E.isRight(taken) ? this.whole(taken.right) : undefined;
  }

  /** What the run has done once it has done what this arm did. */
  handOver(): void {
    const { run } = this;
    run.step = this.step;
    run.stageStep = this.stageStep;
    run.stages = this.stages;
    run.flops = addFlops(this.#flopsOfRun, this.flops);
    run.evaluated = this.evaluated;
  }

  get #flopsOfRun(): Flops {
    if (this.#flopsBefore === undefined) throw new Error('an arm reports in its turn');
    return this.#flopsBefore;
  }

  #sinceRun(event: Untimed<RunEvent>): Untimed<RunEvent> {
    const { matmul } = this.#flopsOfRun;
    if (event.kind === 'step') return { ...event, flops: matmul + event.flops };
    return event.kind === 'evaluated' ? { ...event, trainingFlops: matmul + event.trainingFlops } : event;
  }
}
