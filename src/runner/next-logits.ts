/**
 * The logits of the next token, token after token. While the text is within the model's context its keys and values stay on the backend, and a pass
 * sees only new tokens. Beyond the context every token of the window moves to another position, and positions are learnt, so each window is a pass of
 * its own. Not here: the programs (`model/cached-logits.ts`), drawing tokens (`draw.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Backend, type BackendError, type DeviceTensor, type Executable, faultOf, type HostTensor } from '../backend.js';
import type { Fault } from '../fault.js';
import { type CachedPass, cachedLogits } from '../model/cached-logits.js';
import type { SavedModel } from '../model/model-folder.js';
import { outputOf, type ProgramInput, type TensorType, typeIn } from '../program/program.js';
import { zeroArray } from '../program/types/host-array.js';

/** The caches that earlier passes left. */
interface Seen {
  readonly tokens: number;
  /** By the names of the programs' inputs. */
  readonly caches: ReadonlyMap<string, DeviceTensor>;
}

const NOTHING: Seen = { tokens: 0, caches: new Map() };

const orFault = <A>(result: E.Either<BackendError, A>): E.Either<Fault, A> => E.mapLeft(faultOf)(result);

const keyOf = ({ tokens, places }: CachedPass): string => `${tokens} ${places}`;

export class NextLogits {
  readonly #parameters = new Map<string, DeviceTensor>();
  readonly #executables = new Map<string, Executable>();
  /** Empty caches, one per type; they are never written to. */
  readonly #zeros = new Map<string, DeviceTensor>();
  readonly #places: number;
  #seen = NOTHING;

  /** @param most the expected final number of tokens */
  constructor(
    private readonly backend: Backend,
    private readonly saved: Omit<SavedModel, 'tokenizer'>,
    most: number,
  ) {
    this.#places = Math.max(1, Math.min(saved.model.context, most));
  }

  /** Logits [vocabulary] of the next token after the text, which must continue the text of the previous call. */
  async after(text: readonly number[]): Promise<E.Either<Fault, HostTensor['data']>> {
    const { context } = this.saved.model;
    if (text.length <= this.#places) return this.#see(text.slice(this.#seen.tokens), this.#places);
    // Nothing of an earlier window can be reused in this one.
    this.#forget();
    const logits = await this.#see(text.slice(-context), Math.min(context, text.length));
    this.#forget();
    return logits;
  }

  /** Releases everything. */
  close(): void {
    this.#forget();
    for (const tensor of [...this.#parameters.values(), ...this.#zeros.values()]) this.backend.release(tensor);
    for (const executable of this.#executables.values()) executable.dispose();
  }

  #forget(): void {
    for (const tensor of this.#seen.caches.values()) this.backend.release(tensor);
    this.#seen = NOTHING;
  }

  async #compiled(pass: CachedPass): Promise<E.Either<Fault, Executable>> {
    const key = keyOf(pass);
    const known = this.#executables.get(key);
    if (known !== undefined) return E.right(known);
    const { model, h } = this.saved;
    const compiled = orFault(await this.backend.compile(cachedLogits(model, { layers: model.layers, h }, pass))());
    if (E.isRight(compiled)) this.#executables.set(key, compiled.right);
    return compiled;
  }

  /** The cached value of this name, made on first use. */
  async #held(held: Map<string, DeviceTensor>, name: string, made: () => HostTensor): Promise<E.Either<Fault, DeviceTensor>> {
    const known = held.get(name);
    if (known !== undefined) return E.right(known);
    const uploaded = orFault(await this.backend.upload(made())());
    if (E.isRight(uploaded)) held.set(name, uploaded.right);
    return uploaded;
  }

  async #input(
    { name, role }: ProgramInput,
    type: TensorType,
    tokens: readonly number[],
  ): Promise<E.Either<Fault, DeviceTensor | HostTensor>> {
    if (role === 'parameter') return this.#held(this.#parameters, name, () => ({ type, data: this.#parameter(name) }));
    if (role === 'cache') {
      const known = this.#seen.caches.get(name);
      return known === undefined ? this.#held(this.#zeros, `${type.shape}`, () => ({ type, data: zeroArray(type) })) : E.right(known);
    }
    const data = name === 'tokens' ? Int32Array.from(tokens) : Int32Array.from(tokens, (_, index) => this.#seen.tokens + index);
    return E.right({ type, data });
  }

  #parameter(name: string): HostTensor['data'] {
    const parameter = this.saved.parameters.get(name);
    if (parameter === undefined) throw new Error(`the model was read without ${name}`);
    return parameter.data;
  }

  /** Processes more tokens, with a cache of this capacity. */
  async #see(tokens: readonly number[], places: number): Promise<E.Either<Fault, HostTensor['data']>> {
    const compiled = await this.#compiled({ tokens: tokens.length, places });
    if (E.isLeft(compiled)) return compiled;
    const executable = compiled.right;
    const { program } = executable;
    const given: (DeviceTensor | HostTensor)[] = [];
    for (const input of program.inputs) {
      const tensor = await this.#input(input, typeIn(program, input.value), tokens);
      if (E.isLeft(tensor)) return tensor;
      given.push(tensor.right);
    }
    const run = orFault(await executable.run(given)());
    if (E.isLeft(run)) return run;
    const caches = new Map<string, DeviceTensor>();
    for (const [index, { name, role }] of program.outputs.entries()) {
      const tensor = run.right[index];
      if (role === 'cache' && tensor !== undefined) caches.set(name, tensor);
    }
    const before = this.#seen;
    for (const tensor of before.caches.values()) this.backend.release(tensor);
    this.#seen = { tokens: before.tokens + tokens.length, caches };
    const logits = outputOf(program, run.right, 'logits');
    const read = orFault(await this.backend.download(logits)());
    this.backend.release(logits);
    return E.map(({ data }: HostTensor) => data)(read);
  }
}
