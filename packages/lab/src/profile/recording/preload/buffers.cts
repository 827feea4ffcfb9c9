// The functions of Buffer. Node calls `allocUnsafe` and `allocUnsafeSlow` as properties, so what its zlib and fs
// allocate passes by as well.
import buffer, { Buffer } from 'node:buffer';
import { isAnyArrayBuffer, storeLength, storeOf } from './captured.cts';
import type { Sampler } from './sampler.cts';
import { type Any, type AnyFunction, asIfDirect, replace, standInFor } from './stand-in.cts';

const { apply } = Reflect;

export function countBuffers(sampler: Sampler): void {
  const made = new MadeBuffers(sampler);
  countZeroed(sampler);
  countUnsafe(sampler, made);
  countCopies(sampler, made);
}

/** Tells a buffer with a store of its own from a slice of Node's pool. */
class MadeBuffers {
  readonly #sampler: Sampler;
  readonly #pool: number;
  /** The slab that is cut now, counted when its first slice was seen. Node holds it as well. */
  #slab: ArrayBufferLike | undefined;

  constructor(sampler: Sampler) {
    this.#sampler = sampler;
    this.#pool = sampler.api('Buffer pool');
  }

  saw(made: Buffer, api: number): void {
    const { length } = made;
    if (length >= Buffer.poolSize >>> 1) this.#sampler.sawView(made, length, api);
    else if (length !== 0) this.#sawSmall(made, api);
  }

  #sawSmall(made: Buffer, api: number): void {
    const store = storeOf(made);
    if (store === this.#slab) return;
    const size = storeLength(store);
    if (size < Buffer.poolSize) {
      this.#sampler.sawView(made, size, api);
      return;
    }
    this.#slab = store;
    this.#sampler.sawStore(store, size, this.#pool);
  }
}

// Each of those that allocate has code of its own, so that V8 inlines what it stands for.

function countZeroed(sampler: Sampler): void {
  const zeroed = sampler.api('Buffer.alloc');
  replace(Buffer, 'alloc', (original: typeof Buffer.alloc) => {
    function alloc(this: unknown, size: number): Buffer {
      let made: Buffer;
      try {
        made =
          arguments.length === 1
            ? original.call(this as never, size)
            : apply(original, this, arguments);
      } catch (error) {
        throw asIfDirect(error, alloc);
      }
      if (sampler.nested === 0) sampler.sawView(made, made.length, zeroed);
      return made;
    }
    return alloc;
  });
}

function countUnsafe(sampler: Sampler, buffers: MadeBuffers): void {
  const unsafe = sampler.api('Buffer.allocUnsafe');
  replace(Buffer, 'allocUnsafe', (original: typeof Buffer.allocUnsafe) => {
    function allocUnsafe(this: unknown, size: number): Buffer {
      let made: Buffer;
      try {
        made =
          arguments.length === 1
            ? original.call(this as never, size)
            : apply(original, this, arguments);
      } catch (error) {
        throw asIfDirect(error, allocUnsafe);
      }
      if (sampler.nested === 0) buffers.saw(made, unsafe);
      return made;
    }
    return allocUnsafe;
  });
  const slow = sampler.api('Buffer.allocUnsafeSlow');
  replace(Buffer, 'allocUnsafeSlow', (original: typeof Buffer.allocUnsafeSlow) => {
    function allocUnsafeSlow(this: unknown, size: number): Buffer {
      let made: Buffer;
      try {
        made =
          arguments.length === 1
            ? original.call(this as never, size)
            : apply(original, this, arguments);
      } catch (error) {
        throw asIfDirect(error, allocUnsafeSlow);
      }
      if (sampler.nested === 0) sampler.sawView(made, made.length, slow);
      return made;
    }
    return allocUnsafeSlow;
  });
}

/** Those that call others of them: what is made inside is not counted twice. */
function countCopies(sampler: Sampler, buffers: MadeBuffers): void {
  const api = sampler.api('Buffer.from');
  replace(Buffer, 'from', (original: Any) => {
    function from(this: unknown, value: Any): Buffer {
      const isView = typeof value === 'object' && isAnyArrayBuffer(value);
      let made: Buffer;
      sampler.nested++;
      try {
        made =
          arguments.length === 1 ? original.call(this, value) : apply(original, this, arguments);
      } catch (error) {
        throw asIfDirect(error, from);
      } finally {
        sampler.nested--;
      }
      if (sampler.nested === 0 && !isView) buffers.saw(made, api);
      return made;
    }
    return from;
  });
  for (const name of ['concat', 'copyBytesFrom', 'of'])
    countWhole(sampler, Buffer, name, `Buffer.${name}`, buffers);
  countWhole(sampler, buffer, 'transcode', 'buffer.transcode', buffers);
}

function countWhole(
  sampler: Sampler,
  owner: object,
  key: string,
  name: string,
  buffers: MadeBuffers,
): void {
  replace(owner, key, (original: AnyFunction) => {
    const api = sampler.api(name);
    return standInFor(original, (self, args) => {
      let made: Buffer;
      sampler.nested++;
      try {
        made = apply(original, self, args);
      } finally {
        sampler.nested--;
      }
      if (sampler.nested === 0) buffers.saw(made, api);
      return made;
    });
  });
}
