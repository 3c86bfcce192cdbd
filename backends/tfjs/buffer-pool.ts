/**
 * GPU buffers for tfjs's WebGPU backend, used again by size. tfjs's own pool never gives one back: it comes to hold as many buffers of each
 * size as any program has ever needed at once, so programs of several widths, evaluations and downloads add up instead of taking turns.
 * This one destroys what has lain idle for a while. Not here: when a run ends (`webgpu.ts`).
 */

/** Runs for which a buffer may lie idle: an evaluation between two stretches of training keeps its own. */
const LONGEST_IDLE = 32;

interface Idle {
  readonly buffer: GPUBuffer;
  /** The number of the run in which it was given back. */
  readonly since: number;
}

/** With the names by which tfjs's backend calls it. */
export class BufferPool {
  numBytesUsed = 0;
  numBytesAllocated = 0;
  readonly #used = new Set<GPUBuffer>();
  /** By size and usage; the one that was given back last is last. */
  readonly #idle = new Map<string, Idle[]>();
  #run = 0;

  constructor(private readonly device: GPUDevice) {}

  acquireBuffer(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false, reuse = true): GPUBuffer {
    const buffer = (reuse ? this.#idle.get(keyOf(size, usage))?.pop()?.buffer : undefined) ?? this.#create(size, usage, mappedAtCreation);
    this.#used.add(buffer);
    this.numBytesUsed += size;
    return buffer;
  }

  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    // What is given back after the end is gone already.
    if (!this.#used.delete(buffer)) return;
    this.numBytesUsed -= buffer.size;
    if (!reuse) {
      this.#destroy(buffer);
      return;
    }
    const key = keyOf(buffer.size, buffer.usage);
    const idle = this.#idle.get(key) ?? [];
    this.#idle.set(key, idle);
    idle.push({ buffer, since: this.#run });
  }

  getNumUsedBuffers(): number {
    return this.#used.size;
  }

  getNumFreeBuffers(): number {
    return [...this.#idle.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Called once a run: destroys what nobody has asked for in the last ones. Of each size, what was given back first is idle longest. */
  endRun(): void {
    this.#run += 1;
    for (const [key, idle] of this.#idle) {
      const kept = idle.findIndex(({ since }) => this.#run - since <= LONGEST_IDLE);
      for (const { buffer } of idle.splice(0, kept === -1 ? idle.length : kept)) this.#destroy(buffer);
      if (idle.length === 0) this.#idle.delete(key);
    }
  }

  dispose(): void {
    for (const buffer of this.#used) buffer.destroy();
    for (const idle of this.#idle.values()) for (const { buffer } of idle) buffer.destroy();
    this.#used.clear();
    this.#idle.clear();
    this.numBytesUsed = 0;
    this.numBytesAllocated = 0;
  }

  #create(size: number, usage: GPUBufferUsageFlags, mappedAtCreation: boolean): GPUBuffer {
    this.numBytesAllocated += size;
    return this.device.createBuffer({ size, usage, mappedAtCreation });
  }

  #destroy(buffer: GPUBuffer): void {
    this.numBytesAllocated -= buffer.size;
    buffer.destroy();
  }
}

const keyOf = (size: number, usage: GPUBufferUsageFlags): string => `${size} ${usage}`;
