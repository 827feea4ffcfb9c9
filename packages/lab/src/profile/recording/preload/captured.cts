// What the preload uses is taken before the program can replace it: by fake timers, seeded random numbers, mocks.
import fs from 'node:fs';
import { setInterval as every, setTimeout as later } from 'node:timers';
import { types } from 'node:util';

export const { isAnyArrayBuffer, isArrayBuffer, isAsyncFunction } = types;
export const { openSync, writeSync } = fs;
export const startInterval: typeof every = every;
export const startTimeout: typeof later = later;
export const { isView } = ArrayBuffer;
export const memoryUsage: () => NodeJS.MemoryUsage = process.memoryUsage;
export const builtinModule: typeof process.getBuiltinModule =
  process.getBuiltinModule.bind(process);
export const cpuUsage: () => NodeJS.CpuUsage = process.cpuUsage.bind(process);

const { now: sinceOrigin } = performance;

/** Milliseconds since the thread's time origin. */
export const now: () => number = sinceOrigin.bind(performance);

const getBuffer = getterOf(Object.getPrototypeOf(Uint8Array.prototype), 'buffer');
const getLength = getterOf(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength');
const getStoreLength = getterOf(ArrayBuffer.prototype, 'byteLength');
const getSharedLength = getterOf(SharedArrayBuffer.prototype, 'byteLength');

/** The store under a typed array, whatever its class says. */
export const storeOf: (view: ArrayBufferView) => ArrayBufferLike = uncurried(getBuffer);
export const byteLengthOf: (view: ArrayBufferView) => number = uncurried(getLength);
export const arrayBufferLength: (store: ArrayBuffer) => number = uncurried(getStoreLength);
export const sharedLength: (store: SharedArrayBuffer) => number = uncurried(getSharedLength);

export function storeLength(store: ArrayBufferLike): number {
  return isArrayBuffer(store) ? arrayBufferLength(store) : sharedLength(store as SharedArrayBuffer);
}

function getterOf(prototype: object, key: string): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, key)?.get as () => unknown;
}

function uncurried<T, R>(method: () => unknown): (self: T) => R {
  return Function.prototype.call.bind(method) as (self: T) => R;
}
