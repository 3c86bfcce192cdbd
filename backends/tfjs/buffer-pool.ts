/**
 * GPU buffers for tfjs's WebGPU backend, reused by size. tfjs's own pool never frees one: it keeps as many buffers of each size as any program has
 * ever needed at once, so programs of several widths, evaluations and downloads add up instead of sharing memory. This one destroys buffers that have
 * been idle for a while. Not here: when a run ends (`webgpu.ts`).
 */

/** The number of runs for which a buffer may be idle: long enough that an evaluation between training steps keeps its buffers. */
const LONGEST_IDLE = 32;

interface Idle {
  readonly buffer: GPUBuffer;
  /** The number of the run in which it was released. */
  readonly since: number;
}

/** With the method names that tfjs's backend calls. */
export class BufferPool {
  numBytesUsed = 0;
  numBytesAllocated = 0;
  readonly #used = new Set<GPUBuffer>();
  /** By size and usage; the one released last is last. */
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
    // Buffers released after disposal are destroyed already.
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

  /** Called once per run: destroys buffers that were not used in the last runs. Of each size, the one released first has been idle longest. */
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
