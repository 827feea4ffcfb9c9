// The functions of Buffer. Node calls `allocUnsafe` and `allocUnsafeSlow` as properties, so what its zlib and fs
// allocate passes by as well.
import buffer, { Buffer } from 'node:buffer';
import { isAnyArrayBuffer, storeLength, storeOf } from './captured.cts';
import type { Sampler } from './sampler.cts';
import { type Any, type AnyFunction, asIfDirect, replace } from './stand-in.cts';

export function countBuffers(sampler: Sampler): void {
  const pool = sampler.api('Buffer pool');
  const saw = (made: Buffer, api: number): void => {
    const size = made.length;
    if (size >= Buffer.poolSize >>> 1) sampler.sawView(made, size, api);
    else if (size !== 0) sawSmall(sampler, made, api, pool);
  };
  countAllocations(sampler, saw);
  countCopies(sampler, saw);
}

/** A slab of Node's pool is counted once: with the first buffer that is cut from it. */
function sawSmall(sampler: Sampler, made: Buffer, api: number, pool: number): void {
  if (made.byteOffset !== 0) return;
  const store = storeOf(made);
  const size = storeLength(store);
  if (size === made.length) sampler.sawView(made, size, api);
  else sampler.sawStore(store, size, pool);
}

type Saw = (made: Buffer, api: number) => void;

/** Each has code of its own, so that V8 inlines what it stands for. */
function countAllocations(sampler: Sampler, saw: Saw): void {
  const apis = ['alloc', 'allocUnsafe', 'allocUnsafeSlow'].map((name) =>
    sampler.api(`Buffer.${name}`),
  );
  const [zeroed, unsafe, slow] = apis as [number, number, number];
  replace(Buffer, 'alloc', (original: typeof Buffer.alloc) => {
    function alloc(size: number, fill?: Any, encoding?: Any): Buffer {
      let made: Buffer;
      try {
        made = original(size, fill, encoding);
      } catch (error) {
        throw asIfDirect(error, alloc);
      }
      if (sampler.nested === 0) sampler.sawView(made, made.length, zeroed);
      return made;
    }
    return alloc;
  });
  replace(Buffer, 'allocUnsafe', (original: typeof Buffer.allocUnsafe) => {
    function allocUnsafe(size: number): Buffer {
      let made: Buffer;
      try {
        made = original(size);
      } catch (error) {
        throw asIfDirect(error, allocUnsafe);
      }
      if (sampler.nested === 0) saw(made, unsafe);
      return made;
    }
    return allocUnsafe;
  });
  replace(Buffer, 'allocUnsafeSlow', (original: typeof Buffer.allocUnsafeSlow) => {
    function allocUnsafeSlow(size: number): Buffer {
      let made: Buffer;
      try {
        made = original(size);
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
function countCopies(sampler: Sampler, saw: Saw): void {
  const from = sampler.api('Buffer.from');
  replace(Buffer, 'from', (original: Any) => {
    function standIn(value: Any, encodingOrOffset: Any, length: Any): Buffer {
      if (typeof value === 'object' && isAnyArrayBuffer(value))
        return onStore(original, standIn, value, encodingOrOffset, length);
      let made: Buffer;
      sampler.nested++;
      try {
        made = original(value, encodingOrOffset, length);
      } catch (error) {
        throw asIfDirect(error, standIn);
      } finally {
        sampler.nested--;
      }
      if (sampler.nested === 0) saw(made, from);
      return made;
    }
    return standIn;
  });
  for (const name of ['concat', 'copyBytesFrom', 'of'] as const)
    countWhole(sampler, Buffer, name, `Buffer.${name}`, saw);
  countWhole(sampler, buffer, 'transcode', 'buffer.transcode', saw);
}

function onStore(
  original: Any,
  standIn: AnyFunction,
  store: Any,
  offset: Any,
  length: Any,
): Buffer {
  try {
    return original(store, offset, length);
  } catch (error) {
    throw asIfDirect(error, standIn);
  }
}

function countWhole(sampler: Sampler, owner: object, key: string, name: string, saw: Saw): void {
  replace(owner, key, (original: AnyFunction) => {
    const api = sampler.api(name);
    function standIn(this: unknown, ...args: unknown[]): Buffer {
      let made: Buffer;
      sampler.nested++;
      try {
        made = Reflect.apply(original, this, args);
      } catch (error) {
        throw asIfDirect(error, standIn);
      } finally {
        sampler.nested--;
      }
      if (sampler.nested === 0) saw(made, api);
      return made;
    }
    return standIn;
  });
}
