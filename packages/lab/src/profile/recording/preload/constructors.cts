// The constructors of typed arrays and array buffers. A stand-in has the prototype of what it stands for, so
// instances, subclasses and `instanceof` are as ever.
import { Buffer } from 'node:buffer';
import { arrayBufferLength, byteLengthOf, isAnyArrayBuffer, sharedLength } from './captured.cts';
import type { Sampler } from './sampler.cts';
import { type Any, type AnyFunction, asIfDirect, disguise } from './stand-in.cts';

const { construct, defineProperty, getOwnPropertyDescriptor, setPrototypeOf } = Reflect;
const { getPrototypeOf } = Object;
const storePrototype = ArrayBuffer.prototype;

const TYPED_ARRAYS = [
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
];

export function countConstructors(sampler: Sampler): void {
  replaceConstructor('Uint8Array', (original) => bytesStandIn(sampler, original));
  for (const name of TYPED_ARRAYS)
    replaceConstructor(name, (original) => arrayStandIn(sampler, name, original));
  replaceConstructor('ArrayBuffer', (original) => storeStandIn(sampler, original));
  replaceConstructor('SharedArrayBuffer', (original) => sharedStandIn(sampler, original));
  if (getPrototypeOf(Buffer) !== Uint8Array) setPrototypeOf(Buffer, Uint8Array);
}

/** Nothing is replaced that could be told by an instance's `constructor`. */
function replaceConstructor(name: string, make: (original: Any) => AnyFunction): void {
  const inGlobal = getOwnPropertyDescriptor(globalThis, name);
  const original = inGlobal?.value as AnyFunction | undefined;
  const back = original && getOwnPropertyDescriptor(original.prototype, 'constructor');
  if (!inGlobal?.configurable || !original || !back?.configurable || back.value !== original)
    return;
  const standIn = make(original);
  // First, as it belongs where a function's own comes.
  defineProperty(standIn, 'prototype', { value: original.prototype, writable: false });
  disguise(standIn, original);
  setPrototypeOf(standIn, getPrototypeOf(original));
  defineProperty(original.prototype, 'constructor', { ...back, value: standIn });
  defineProperty(globalThis, name, { ...inGlobal, value: standIn });
}

/** Hides from V8 the name of what the result is assigned to: it would tell of objects by that. */
function nameless<F extends AnyFunction>(standIn: F): F {
  return standIn;
}

/** Whether a typed array of this argument is a view of memory that was there before. */
function isStore(argument: unknown): boolean {
  if (typeof argument !== 'object' || argument === null) return false;
  return getPrototypeOf(argument) === storePrototype || isAnyArrayBuffer(argument);
}

/** For a subclass; or called without `new`, when an original throws. */
function newOf(original: Any, args: ArrayLike<unknown>, target: Any): Any {
  return target === undefined ? original() : construct(original, args, target);
}

/** As `arrayStandIn`, in code of its own, so that V8 inlines what it stands for. */
function bytesStandIn(sampler: Sampler, Original: Any): AnyFunction {
  const api = sampler.api('Uint8Array');
  // biome-ignore lint/suspicious/noShadowRestrictedNames: V8 tells of an object by this name.
  return function Uint8Array(this: unknown, a: Any, b: Any, c: Any): Any {
    let made: Any;
    try {
      if (new.target !== Uint8Array) made = newOf(Original, arguments, new.target);
      else made = arguments.length === 1 ? new Original(a) : new Original(a, b, c);
    } catch (error) {
      throw asIfDirect(error, Uint8Array);
    }
    if (sampler.nested === 0 && !isStore(a)) sampler.sawView(made, byteLengthOf(made), api);
    return made;
  };
}

function arrayStandIn(sampler: Sampler, name: string, Original: Any): AnyFunction {
  const api = sampler.api(name);
  const standIn = nameless(function (this: unknown, a: Any, b: Any, c: Any): Any {
    let made: ArrayBufferView;
    try {
      if (new.target !== standIn) made = newOf(Original, arguments, new.target);
      else made = arguments.length === 1 ? new Original(a) : new Original(a, b, c);
    } catch (error) {
      throw asIfDirect(error, standIn);
    }
    if (sampler.nested === 0 && !isStore(a)) sampler.sawView(made, byteLengthOf(made), api);
    return made;
  });
  return standIn;
}

/** Of a resizable one, what it can hold now is allocated: the rest is address space, until it grows. */
function storeStandIn(sampler: Sampler, Original: Any): AnyFunction {
  const api = sampler.api('ArrayBuffer');
  // biome-ignore lint/suspicious/noShadowRestrictedNames: V8 tells of an object by this name.
  return function ArrayBuffer(this: unknown, size: Any): Any {
    let made: Any;
    try {
      made =
        new.target === ArrayBuffer && arguments.length === 1
          ? new Original(size)
          : newOf(Original, arguments, new.target);
    } catch (error) {
      throw asIfDirect(error, ArrayBuffer);
    }
    const bytes = arrayBufferLength(made);
    if (sampler.nested === 0 && bytes !== 0) sampler.sawStore(made, bytes, api);
    return made;
  };
}

function sharedStandIn(sampler: Sampler, original: Any): AnyFunction {
  const api = sampler.api('SharedArrayBuffer');
  // biome-ignore lint/suspicious/noShadowRestrictedNames: V8 tells of an object by this name.
  return function SharedArrayBuffer(this: unknown): Any {
    let made: Any;
    try {
      made = newOf(original, arguments, new.target);
    } catch (error) {
      throw asIfDirect(error, SharedArrayBuffer);
    }
    const bytes = sharedLength(made);
    if (sampler.nested === 0 && bytes !== 0) sampler.sawStore(made, bytes, api);
    return made;
  };
}
