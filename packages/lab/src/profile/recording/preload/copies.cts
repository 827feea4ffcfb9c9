// Other functions that return memory allocated in C++.
import { Blob } from 'node:buffer';
import v8 from 'node:v8';
import { isArrayBuffer, isView, storeLength, storeOf } from './captured.cts';
import type { Sampler } from './sampler.cts';
import { type AnyFunction, replace, standInFor } from './stand-in.cts';

const { apply } = Reflect;
/** A large result is not searched to its end: that might take longer than making it did. */
const MOST_VALUES = 256;

export function countCopies(sampler: Sampler): void {
  replace(TextEncoder.prototype, 'encode', (encode: AnyFunction) => {
    const api = sampler.api('TextEncoder.encode');
    return standInFor(encode, (self, args) => {
      const made: Uint8Array = apply(encode, self, args);
      if (sampler.nested === 0) sampler.sawView(made, made.byteLength, api);
      return made;
    });
  });
  replace(v8.Serializer.prototype, 'releaseBuffer', (release: AnyFunction) => {
    const api = sampler.api('v8.Serializer');
    return standInFor(release, (self, args) => {
      const made = apply(release, self, args);
      if (sampler.nested === 0) sampler.sawWhole(made, api);
      return made;
    });
  });
  countClones(sampler);
  for (const name of ['arrayBuffer', 'bytes']) countBlobs(sampler, name);
}

function countClones(sampler: Sampler): void {
  replace(globalThis, 'structuredClone', (clone: AnyFunction) => {
    const api = sampler.api('structuredClone');
    return standInFor(clone, (self, args) => {
      const made = apply(clone, self, args);
      // What is transferred is the same memory, under another object.
      const isCopy = args[1] === undefined || args[1] === null;
      if (isCopy && isObject(made) && sampler.nested === 0) sawAll(sampler, made, api);
      return made;
    });
  });
}

/** All stores within fresh data, which has no getters and no prototypes of anybody's. */
function sawAll(sampler: Sampler, data: object, api: number): void {
  const stores = new Set<object>();
  const values = [data];
  for (let at = 0; at < values.length && at < MOST_VALUES; at++) {
    const value = values[at] as object;
    if (isView(value)) stores.add(storeOf(value as ArrayBufferView));
    else if (isArrayBuffer(value)) stores.add(value);
    else for (const inner of innerOf(value)) if (isObject(inner)) values.push(inner);
  }
  for (const store of stores) {
    const bytes = storeLength(store as ArrayBuffer);
    if (bytes !== 0) sampler.sawStore(store, bytes, api);
  }
}

function innerOf(value: object): unknown[] {
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  return value instanceof Set ? [...value] : Object.values(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function countBlobs(sampler: Sampler, name: string): void {
  replace(Blob.prototype, name, (read: AnyFunction) => {
    const api = sampler.api(`Blob.${name}`);
    return standInFor(read, (self, args) =>
      apply(read, self, args).then((made: ArrayBuffer | Uint8Array) => {
        const store = isArrayBuffer(made) ? made : storeOf(made);
        const bytes = storeLength(store);
        if (bytes !== 0) sampler.sawStore(store, bytes, api);
        return made;
      }),
    );
  });
}
