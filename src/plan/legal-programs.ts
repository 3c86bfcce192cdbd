/** The programs of a plan in a backend's own operations, and why a backend cannot run one. */
import * as E from 'fp-ts/lib/Either.js';
import type { Capabilities } from '../backend.js';
import { type Fault, inputFault } from '../fault.js';
import type { SizedModel } from '../model/family.js';
import { tooLarge } from '../program/largest-tensor.js';
import { legalize } from '../program/legalize.js';
import { peakBytesInTurn, stateBytesInTurn } from '../program/peak-bytes.js';
import type { Program } from '../program/program.js';
import { type Grid, gridKey } from '../schedule/grid.js';
import type { Setup } from '../schedule/schedule.js';
import { inStage, inside } from '../schedule/sentences.js';
import { computed } from '../schedule/walk/step-part.js';
import type { LeafStage, Visit } from '../schedule/walk/walk.js';
import { evaluatedAtEnd } from '../schedule/walk/when-evaluated.js';
import type { ProcessPart } from './process-memory.js';
import { type ProgramKind, type ProgramPlace, programOf } from './programs.js';

/** What a plan needs to know about a backend. */
export type PlannedOn = Pick<
  Capabilities,
  'operations' | 'rewrites' | 'ranks' | 'armsAtOnce' | 'largestTensor' | 'device' | 'state' | 'inPlace' | 'overhead'
>;

/** The stages that need a program; the final evaluation may follow any kind of stage. */
const needing: Readonly<Record<ProgramKind, readonly LeafStage['kind'][]>> = {
  'training-step': ['train'],
  gradient: ['train'],
  update: ['train'],
  evaluation: ['train', 'evaluate'],
  tau: ['restrict'],
  'line-search': ['prolongate'],
  fit: ['prolongate', 'grow'],
};

/** The first stage that needs a program of that kind on that grid. */
const firstNeeding = (kind: ProgramKind, visits: readonly Visit[], grid: Grid): Visit | undefined =>
  visits.find(
    (visit) =>
      needing[kind].includes(visit.stage.kind) && [visit, visit.from, computed(visit)].some((each) => gridKey(each) === gridKey(grid)),
  ) ?? (kind === 'evaluation' ? evaluatedAtEnd(visits) : undefined);

/** Bytes of a training step. */
export interface StepMemory {
  /** Of the values of its programs. */
  readonly held: number;
  /** What a process takes for it; absent where that was not measured for the backend. */
  readonly part?: ProcessPart;
}

export class LegalPrograms {
  #refusal: Fault | undefined;

  constructor(
    private readonly model: SizedModel,
    private readonly setup: Setup,
    private readonly visits: readonly Visit[],
    private readonly capabilities: PlannedOn,
  ) {}

  /** The memory of a step's programs, which run in turn, and of an evaluation beside them. */
  memory(step: readonly Program[], evaluation: readonly Program[], evaluationKey: string): StepMemory {
    const { inPlace, overhead } = this.capabilities;
    const held = peakBytesInTurn(step, inPlace);
    if (overhead === undefined) return { held };
    const state = stateBytesInTurn(step);
    const evaluated = peakBytesInTurn(evaluation, inPlace) - stateBytesInTurn(evaluation);
    return { held, part: { overhead, state, step: held - state, evaluation: evaluated, evaluationKey } };
  }

  /** Why the backend cannot run the first program that it cannot run. */
  get refusal(): Fault | undefined {
    return this.#refusal;
  }

  /**
   * A program of a level; undefined where the backend cannot run it.
   *
   * @param layers of the program, if not those of its level: a backend that cannot run one of them cannot run the other, for the same reason.
   */
  ofLevel(kind: ProgramKind, at: ProgramPlace, layers = at.layers): Program | undefined {
    const program = programOf(kind, this.model, this.setup, { ...at, layers }, this.capabilities);
    const legal = legalize(program, this.capabilities.operations);
    if (E.isLeft(legal)) return this.#refuse(kind, at, `the backend lacks the operation ${legal.left.operation}; choose another backend`);
    const unheld = tooLarge(legal.right, this.capabilities);
    return unheld === undefined ? legal.right : this.#refuse(kind, at, unheld);
  }

  /** A program of a transfer, which every backend can run. */
  ofTransfer(program: Program): Program {
    const legal = legalize(program, this.capabilities.operations);
    if (E.isLeft(legal)) throw new Error(`blends are made of operations that every backend has, and ${legal.left.operation} is missing`);
    return legal.right;
  }

  #refuse(kind: ProgramKind, at: ProgramPlace, why: string): undefined {
    const first = firstNeeding(kind, this.visits, at);
    this.#refusal ??= inputFault(inside(first === undefined ? kind : inStage(first.at, first.op), why));
  }
}
