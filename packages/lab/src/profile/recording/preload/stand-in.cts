// A stand-in is called in place of a function of Node's, and looks like it: the same name, length, properties and
// text. So a program that looks at its functions sees those it knows.

// biome-ignore lint/suspicious/noExplicitAny: functions of every kind.
export type Any = any;
export type AnyFunction = (...args: Any[]) => Any;

const { apply, defineProperty, getOwnPropertyDescriptor, ownKeys, deleteProperty } = Reflect;
const { captureStackTrace } = Error;
const standardPrepare = Error.prepareStackTrace;
const originals = new WeakMap<object, AnyFunction>();

/**
 * Puts a stand-in where a function was, under the same attributes. Does nothing where there is none, or where
 * it may not be changed (frozen intrinsics): then nobody counts what it allocates.
 */
export function replace(
  target: object | undefined,
  key: PropertyKey,
  make: (original: Any) => AnyFunction,
): void {
  const descriptor = target && getOwnPropertyDescriptor(target, key);
  if (!target || typeof descriptor?.value !== 'function') return;
  if (!descriptor.configurable && !descriptor.writable) return;
  const standIn = disguise(make(descriptor.value), descriptor.value);
  defineProperty(target, key, { ...descriptor, value: standIn });
}

/**
 * A stand-in that runs `instead`, and is a method or a function as the original is: only functions have a
 * prototype. What hot code calls is written out where it is, as this costs an array.
 */
export function standInFor(
  original: AnyFunction,
  instead: (self: Any, args: unknown[]) => Any,
): AnyFunction {
  const run = (self: unknown, args: unknown[]): unknown => {
    try {
      return instead(self, args);
    } catch (error) {
      throw asIfDirect(error, standIn);
    }
  };
  const standIn: AnyFunction =
    'prototype' in original
      ? function (this: unknown, ...args: unknown[]) {
          return run(this, args);
        }
      : {
          method(this: unknown, ...args: unknown[]) {
            return run(this, args);
          },
        }.method;
  return standIn;
}

/** Makes one function look like another. Symbols and statics come along, in the same order. */
export function disguise(standIn: AnyFunction, original: AnyFunction): AnyFunction {
  const keys = ownKeys(original);
  for (const key of ownKeys(standIn)) if (!keys.includes(key)) deleteProperty(standIn, key);
  for (const key of keys) {
    const descriptor = getOwnPropertyDescriptor(original, key);
    if (descriptor && key !== 'prototype') defineProperty(standIn, key, descriptor);
  }
  originals.set(standIn, original);
  return standIn;
}

/** A stand-in's text is that of what it stands for. */
export function keepTexts(): void {
  replace(Function.prototype, 'toString', (original) => {
    const standIn = {
      toString(this: unknown) {
        const standsFor = typeof this === 'function' ? originals.get(this) : undefined;
        try {
          return apply(original, standsFor ?? this, []);
        } catch (error) {
          throw asIfDirect(error, standIn);
        }
      },
    }.toString;
    return standIn;
  });
}

/** The error that an original threw, with the stack that it would have had without the stand-in. */
export function asIfDirect(error: unknown, standIn: AnyFunction): unknown {
  try {
    if (error instanceof Error) hideStandIn(error, standIn);
  } catch {
    // A stack that says too much is better than another error.
  }
  return error;
}

function hideStandIn(error: Error, standIn: AnyFunction): void {
  const { prepareStackTrace: prepare } = Error;
  if (typeof prepare !== 'function' || prepare === standardPrepare) {
    hideLines(error, standIn);
    return;
  }
  try {
    Error.prepareStackTrace = (own, sites) =>
      apply(prepare, Error, [own, sites.filter((site) => !isOwn(site.getFileName() ?? ''))]);
    // A stack is formatted when it is first read.
    void error.stack;
  } finally {
    Error.prepareStackTrace = prepare;
  }
}

/** The lines above the stand-in are the original's, those below are the caller's, of which one more fits. */
function hideLines(error: Error, standIn: AnyFunction): void {
  const lines = error.stack?.split('\n') ?? [];
  const at = lines.findIndex(isOwn);
  if (at === -1) return;
  const below: { stack?: string } = {};
  captureStackTrace(below, standIn);
  const above = lines.slice(0, at);
  const frames = above.filter((line) => line.startsWith('    at ')).length;
  const callers = below.stack?.split('\n').slice(1, 1 + Error.stackTraceLimit - frames) ?? [];
  error.stack = [...above, ...callers].join('\n');
}

/** Whether a file, or a line of a stack that names it, is the preload's. */
export function isOwn(text: string): boolean {
  return text.includes(__dirname);
}

/** As `replace`, for a method that an object inherits. It gets one of its own, which nobody enumerates. */
export function replaceInherited(
  target: object,
  key: string,
  make: (original: Any) => AnyFunction,
): void {
  const original = (target as Any)[key];
  const value = disguise(make(original), original);
  defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });
}

/** Replaces a class, which is rarely called: what looks like it for sure is a proxy of it. */
export function replaceClass(
  owner: Any,
  name: string,
  construct: (original: Any, args: unknown[], target: AnyFunction) => object,
): void {
  const descriptor = getOwnPropertyDescriptor(owner, name);
  const original = descriptor?.value;
  if (!descriptor?.configurable || typeof original !== 'function') return;
  const trap = (target: Any, args: unknown[], newTarget: AnyFunction): object => {
    try {
      return construct(target, args, newTarget);
    } catch (error) {
      throw asIfDirect(error, trap);
    }
  };
  const standIn = new Proxy(original, { construct: trap as Any });
  originals.set(standIn, original);
  const back = getOwnPropertyDescriptor(original.prototype, 'constructor');
  if (back?.configurable)
    defineProperty(original.prototype, 'constructor', { ...back, value: standIn });
  defineProperty(owner, name, { ...descriptor, value: standIn });
}
