/**
 * Rewrites a program, one operation after the other, and leaves the trace open: the backward pass and the update are traced after it, without
 * rewrites. Not here: the rewrites (`index.ts`).
 */
import type { AttributesOf, OperationName } from '../operations/index.js';
import { type Node, type Program, typeIn, type ValueId } from '../program.js';
import { type Result, type Tensor, Tracer } from '../tracer.js';
import { type RewriteName, rewriteNames, rewrites } from './index.js';
import type { Call, RewriteOptions, RewriteTrace } from './rewrite.js';

class Rewriting extends Tracer implements RewriteTrace {
  readonly #times = new Map<RewriteName, number>();
  readonly #shared = new Set<ValueId>();
  #asked: readonly RewriteName[];

  constructor(
    name: string,
    asked: ReadonlySet<RewriteName>,
    readonly options: RewriteOptions,
  ) {
    super(name);
    this.#asked = rewriteNames.filter((each) => asked.has(each));
  }

  override apply<Name extends OperationName>(
    operation: Name,
    inputs: readonly Tensor[],
    attributes: AttributesOf<Name>,
  ): readonly Tensor[] {
    const call = { operation, inputs, attributes } as Call;
    for (const name of this.#asked) {
      const instead = rewrites[name].apply(this, call);
      if (instead === undefined) continue;
      this.#times.set(name, (this.#times.get(name) ?? 0) + 1);
      return [instead];
    }
    return super.apply(operation, inputs, attributes);
  }

  isShared({ id }: Tensor): boolean {
    return this.#shared.has(id);
  }

  share({ id }: Tensor): void {
    this.#shared.add(id);
  }

  /** What is traced from here on is not rewritten. */
  end(): void {
    this.#asked = [];
  }

  override finish(results: readonly Result[]): Program {
    const program = super.finish(results);
    const done = [...this.#times].map(([name, times]) => ({ says: rewrites[name].says, times }));
    return done.length === 0 ? program : { ...program, rewrites: done };
  }
}

/** How often each value is read, by nodes and as an output. */
const usesOf = ({ nodes, outputs }: Program): ReadonlyMap<ValueId, number> => {
  const uses = new Map<ValueId, number>();
  for (const id of [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ value }) => value)]) uses.set(id, (uses.get(id) ?? 0) + 1);
  return uses;
};

/** 32 MiB: at a vocabulary of 50,257 the logits of 166 tokens (docs/decisions/0019). */
const MOST_LOGITS = 2 ** 23;
/** 64 MiB, 256 tokens of that vocabulary: products of half as many tokens take a quarter longer. */
const LOGITS_OF_CHUNK = 2 ** 24;

export interface Rewritten {
  /** Where the program continues. Its inputs are those of the program, in their order. */
  readonly trace: Tracer;
  /** The rewritten counterpart of a value of the program. */
  readonly of: (value: ValueId) => Tensor;
}

/**
 * @param asked the rewrites to apply.
 * @param circumstances by default those of a program that is not differentiated.
 * @example
 * const { trace, of } = rewritten(forward, everyRewrite)
 * trace.finish([{ name: 'loss', role: 'loss', tensor: of(loss.id) }])
 */
export const rewritten = (
  program: Program,
  asked: ReadonlySet<RewriteName>,
  { differentiated = false, mostLogits = MOST_LOGITS, logitsOfChunk = LOGITS_OF_CHUNK }: Partial<RewriteOptions> = {},
): Rewritten => {
  const trace = new Rewriting(program.name, asked, { differentiated, mostLogits, logitsOfChunk });
  const images = new Map<ValueId, Tensor>();
  const of = (value: ValueId): Tensor => {
    const tensor = images.get(value);
    if (tensor === undefined) throw new Error(`${program.name}: value ${value} is read before it is written`);
    return tensor;
  };
  for (const { name, role, value } of program.inputs) images.set(value, trace.input(name, role, typeIn(program, value)));
  const uses = usesOf(program);
  const again = <Name extends OperationName>({ operation, inputs, outputs, attributes }: Node<Name>): void => {
    const results = trace.apply(operation, inputs.map(of), attributes);
    for (const [index, id] of outputs.entries()) {
      const result = results[index];
      // Only additional outputs of the rewritten operation, which nothing reads, have no counterpart.
      if (result === undefined) continue;
      images.set(id, result);
      if ((uses.get(id) ?? 0) > 1) trace.share(result);
    }
  };
  for (const node of program.nodes) again(node);
  trace.end();
  return { trace, of };
};
