// Methods of array buffers, typed arrays and WebAssembly memories that make stores, move them, or let them grow.
// `slice`, and `map` and `filter` of what is no Buffer, call the constructor and are counted there.
import { Buffer } from 'node:buffer';
import { arrayBufferLength, isArrayBuffer, sharedLength, storeLength } from './captured.cts';
import type { Sampler } from './sampler.cts';
import { type Any, type AnyFunction, replace, standInFor } from './stand-in.cts';
import type { Watcher } from './watcher.cts';

const { apply } = Reflect;
const isBuffer = Object.prototype.isPrototypeOf.bind(Buffer.prototype);
const WASM_PAGE = 65_536;

export function countMethods(sampler: Sampler, watcher: Watcher): void {
  for (const name of ['transfer', 'transferToFixedLength'])
    method(ArrayBuffer.prototype, name, (call) => movedStore(sampler, watcher, name, call));
  method(ArrayBuffer.prototype, 'resize', (call) =>
    grownStore(sampler, 'ArrayBuffer.resize', arrayBufferLength, call),
  );
  method(SharedArrayBuffer.prototype, 'grow', (call) =>
    grownStore(sampler, 'SharedArrayBuffer.grow', sharedLength, call),
  );
  countArrayMethods(sampler);
  countDecoders(sampler);
  countWasm(sampler);
}

type Call = (self: Any, args: unknown[]) => Any;

function method(owner: object, name: string, make: (call: Call) => Call): void {
  replace(owner, name, (original: AnyFunction) =>
    standInFor(
      original,
      make((self, args) => apply(original, self, args)),
    ),
  );
}

/** Of the same length, it is the same memory under another object; of another length, mostly a copy. */
function movedStore(sampler: Sampler, watcher: Watcher, name: string, call: Call): Call {
  const api = sampler.api(`ArrayBuffer.${name}`);
  return (self, args) => {
    const isStore = isArrayBuffer(self);
    const before = isStore ? arrayBufferLength(self) : 0;
    const wasResizable = isStore && (self as Any).resizable;
    const moved: Any = call(self, args);
    const bytes = arrayBufferLength(moved);
    if (bytes === before && moved.resizable === wasResizable) watcher.move(self, moved);
    else {
      watcher.forget(self);
      if (sampler.nested === 0 && bytes !== 0) sampler.sawStore(moved, bytes, api);
    }
    return moved;
  };
}

/** What a store has grown by, it allocates then. */
function grownStore(
  sampler: Sampler,
  name: string,
  lengthOf: (store: Any) => number,
  call: Call,
): Call {
  const api = sampler.api(name);
  return (self, args) => {
    const before = isStoreOf(self, lengthOf);
    const result = call(self, args);
    const grown = before === -1 ? 0 : lengthOf(self) - before;
    if (grown > 0 && sampler.nested === 0) sampler.sawStore(self, grown, api);
    return result;
  };
}

function isStoreOf(self: unknown, lengthOf: (store: Any) => number): number {
  try {
    return lengthOf(self);
  } catch {
    return -1;
  }
}

function countArrayMethods(sampler: Sampler): void {
  const TypedArray = Object.getPrototypeOf(Uint8Array.prototype);
  // Of Buffers these make Buffers, whose class extends the original constructor.
  for (const name of ['map', 'filter', 'slice'])
    method(TypedArray, name, (call) => {
      const api = sampler.api(`TypedArray.${name}`);
      return (self, args) => {
        const made = call(self, args);
        if (isBuffer(made) && sampler.nested === 0) sampler.sawView(made, made.byteLength, api);
        return made;
      };
    });
  // These never ask for a constructor.
  for (const name of ['toReversed', 'toSorted', 'with'])
    method(TypedArray, name, (call) => seen(sampler, `TypedArray.${name}`, call));
}

function countDecoders(sampler: Sampler): void {
  for (const name of ['fromBase64', 'fromHex'])
    method(Uint8Array, name, (call) => seen(sampler, `Uint8Array.${name}`, call));
}

function seen(sampler: Sampler, name: string, call: Call): Call {
  const api = sampler.api(name);
  return (self, args) => {
    const made = call(self, args);
    if (sampler.nested === 0) sampler.sawView(made, made.byteLength, api);
    return made;
  };
}

/** A memory keeps its bytes: it is watched itself, as it has another store after it has grown. */
function countWasm(sampler: Sampler): void {
  const { Memory } = (globalThis as Any).WebAssembly ?? {};
  if (Memory === undefined) return;
  method(Memory.prototype, 'grow', (call) => {
    const api = sampler.api('WebAssembly.Memory.grow');
    return (self, args) => {
      const before = call(self, args);
      const bytes = storeLength(self.buffer) - before * WASM_PAGE;
      if (bytes > 0 && sampler.nested === 0) sampler.sawStore(self, bytes, api);
      return before;
    };
  });
}
