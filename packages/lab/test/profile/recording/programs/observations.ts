// Prints what a program can see of Node's functions, a line an observation: with and without the preload, the same.
import assert from 'node:assert';
import { AsyncLocalStorage } from 'node:async_hooks';
import * as bufferModule from 'node:buffer';
import { Buffer as Imported } from 'node:buffer';
import crypto from 'node:crypto';
import events from 'node:events';
import { createRequire } from 'node:module';
import net from 'node:net';
import { Readable } from 'node:stream';
import { inspect, types } from 'node:util';
import v8 from 'node:v8';
import vm from 'node:vm';
import { Worker } from 'node:worker_threads';

const require = createRequire(import.meta.url);
// biome-ignore lint/suspicious/noExplicitAny: properties of every kind are looked at.
type Any = any;
const TypedArray = Object.getPrototypeOf(Uint8Array);

const FUNCTIONS: Record<string, Any> = {
  alloc: Buffer.alloc,
  allocUnsafe: Buffer.allocUnsafe,
  allocUnsafeSlow: Buffer.allocUnsafeSlow,
  from: Buffer.from,
  concat: Buffer.concat,
  of: Buffer.of,
  copyBytesFrom: Buffer.copyBytesFrom,
  transcode: bufferModule.transcode,
  Uint8Array,
  Int8Array,
  Float64Array,
  BigInt64Array,
  ArrayBuffer,
  SharedArrayBuffer,
  slice: ArrayBuffer.prototype.slice,
  resize: (ArrayBuffer.prototype as Any).resize,
  grow: (SharedArrayBuffer.prototype as Any).grow,
  transfer: (ArrayBuffer.prototype as Any).transfer ?? String,
  map: TypedArray.prototype.map,
  filter: TypedArray.prototype.filter,
  with: TypedArray.prototype.with,
  toSorted: TypedArray.prototype.toSorted,
  push: Readable.prototype.push,
  listen: net.Server.prototype.listen,
  connect: net.Socket.prototype.connect,
  encode: TextEncoder.prototype.encode,
  structuredClone,
  randomBytes: crypto.randomBytes,
  update: (crypto as Any).Cipheriv.prototype.update,
  blobArrayBuffer: Blob.prototype.arrayBuffer,
  encrypt: Object.getPrototypeOf(crypto.subtle).encrypt,
  releaseBuffer: v8.Serializer.prototype.releaseBuffer,
  toString: Function.prototype.toString,
  emit: process.emit,
  spawn: (require('node:child_process') as Any).ChildProcess.prototype.spawn,
  createCipheriv: crypto.createCipheriv,
  createReadStream: require('node:fs').createReadStream,
};

for (const [name, each] of Object.entries(FUNCTIONS)) {
  see(`${name}: name, length`, () => [each.name, each.length, typeof each]);
  see(`${name}: own properties`, () =>
    Reflect.ownKeys(each).map((key) => {
      const { value, ...rest } = Object.getOwnPropertyDescriptor(each, key) as Any;
      return [String(key), rest, typeof value];
    }),
  );
  see(`${name}: text`, () => Function.prototype.toString.call(each));
  see(`${name}: text by itself`, () => `${each}`);
  see(`${name}: inspected`, () => inspect(each).split('\n')[0]);
}
for (const [name, owner] of Object.entries({
  globalThis,
  Buffer,
  process,
  Error,
  Uint8Array: Uint8Array.prototype,
  ArrayBuffer: ArrayBuffer.prototype,
  Readable: Readable.prototype,
  Socket: net.Socket.prototype,
  bufferModule,
})) {
  see(`${name}: enumerable keys`, () => Object.keys(owner));
  if (name !== 'process') see(`${name}: own keys`, () => Reflect.ownKeys(owner).map(String));
}
for (const key of ['Uint8Array', 'ArrayBuffer', 'SharedArrayBuffer', 'structuredClone', 'Buffer'])
  see(`globalThis.${key}: attributes`, () => {
    const { value, get, set, ...rest } = Object.getOwnPropertyDescriptor(globalThis, key) as Any;
    return [rest, typeof value, typeof get, typeof set];
  });
see('for … in', () => {
  const keys: string[] = [];
  for (const key in new Uint8Array(2)) keys.push(key);
  for (const key in Buffer.from('ab')) keys.push(key);
  return keys;
});

see('constructors', () => [
  new Uint8Array(1).constructor === Uint8Array,
  new ArrayBuffer(1).constructor === ArrayBuffer,
  Buffer.alloc(100).buffer.constructor === ArrayBuffer,
  Buffer.from('a').constructor === Buffer,
  Uint8Array.prototype.constructor === Uint8Array,
  Object.getPrototypeOf(Buffer) === Uint8Array,
  Object.getPrototypeOf(Uint8Array) === Object.getPrototypeOf(Float64Array),
  Imported === Buffer,
  require('node:buffer').Buffer === Buffer,
  bufferModule.Buffer === Buffer,
]);
see('instanceof', () => [
  Buffer.alloc(1) instanceof Uint8Array,
  new Uint8Array(1) instanceof TypedArray,
  new ArrayBuffer(1) instanceof ArrayBuffer,
  new SharedArrayBuffer(1) instanceof SharedArrayBuffer,
  (0 as Any) instanceof Uint8Array,
]);
see('species', () => [
  Uint8Array[Symbol.species as never] === Uint8Array,
  ArrayBuffer[Symbol.species] === ArrayBuffer,
  new Uint8Array(4).subarray(1).constructor === Uint8Array,
  new Uint8Array(4).map((each) => each).constructor === Uint8Array,
  Buffer.alloc(4).map((each) => each) instanceof Buffer,
  Buffer.alloc(4).filter(() => true) instanceof Buffer,
]);
class Bytes extends Uint8Array {
  hello(): string {
    return `${this.length}`;
  }
}
class Store extends ArrayBuffer {}
class Odd extends Uint8Array {
  static get [Symbol.species](): Any {
    return Uint16Array;
  }
}
see('subclasses', () => [
  new Bytes(4).hello(),
  new Bytes(4).slice(1) instanceof Bytes,
  new Bytes(4).map((each) => each) instanceof Bytes,
  Bytes.from([1, 2]) instanceof Bytes,
  Bytes.of(1).length,
  new Store(4).slice(1) instanceof Store,
  new Store(4).byteLength,
  new Odd(100).slice(1).constructor.name,
  Reflect.construct(Uint8Array, [3], Bytes) instanceof Bytes,
  Reflect.construct(Uint8Array, [3], Date) instanceof Date,
  inspect(new Bytes(2)),
]);
Object.defineProperty(Odd.prototype, 'byteLength', { get: () => 9e9 });
see('new.target of a derived function', () => {
  function Derived(this: Any): Any {
    return Reflect.construct(Uint8Array, [3], new.target as Any);
  }
  Derived.prototype = Object.create(Uint8Array.prototype);
  return new (Derived as Any)() instanceof (Derived as Any);
});
see('arguments of typed arrays', () => [
  new Uint8Array(new ArrayBuffer(8), 2, 3).length,
  new Uint8Array([1, 2]).join(),
  new Uint8Array(new Set([1, 2, 3])).join(),
  new Uint8Array({ length: 3, 1: 7 } as Any).join(),
  new (Uint8Array as Any)().length,
  new Uint8Array(undefined as Any).length,
  new Uint8Array(null as Any).length,
  new Uint8Array('5' as Any).length,
  new Uint8Array(true as Any).length,
  new Uint8Array(((_a: Any, _b: Any) => {}) as Any).length,
  new Uint8Array(new SharedArrayBuffer(5)).length,
  new Float64Array(new Uint8Array([1, 2])).join(),
  new BigInt64Array([1n]).join(),
  new Uint8Array(vm.runInNewContext('new ArrayBuffer(6)')).length,
]);
see('resizable and shared', () => {
  const store = new (ArrayBuffer as Any)(1, { maxByteLength: 9 });
  const view = new Uint8Array(store);
  store.resize(5);
  const shared = new (SharedArrayBuffer as Any)(8, { maxByteLength: 16 });
  shared.grow(16);
  return [store.byteLength, store.resizable, store.maxByteLength, view.length, shared.byteLength];
});
see('the options of a store are read once', () => {
  const read: string[] = [];
  const options = {
    get maxByteLength() {
      read.push('maxByteLength');
      return 20;
    },
  };
  const store = new (ArrayBuffer as Any)(10, options);
  return [read, store.maxByteLength];
});
see('the arguments of Buffer.from are read once', () => {
  const read: string[] = [];
  const log = (value: Any) =>
    new Proxy(value, {
      get: (target, key) => {
        read.push(String(key));
        return Reflect.get(target, key);
      },
    });
  Buffer.from(log([1, 2]));
  Buffer.concat(log([Buffer.from('a')]));
  new Uint8Array(log({ length: 2 }));
  return read;
});
see('Buffer.from', () =>
  [
    Buffer.from(new ArrayBuffer(8), 2, 3),
    Buffer.from(new SharedArrayBuffer(8)),
    Buffer.from('zz', 'hex'),
    Buffer.from('68656c6c6f', 'hex'),
    Buffer.from('aGk', 'base64'),
    Buffer.from('é', 'latin1'),
    Buffer.from({ type: 'Buffer', data: [1] } as Any),
    Buffer.from([1, 2, 300]),
    Buffer.from(new String('ab') as Any),
    Buffer.from({ [Symbol.toPrimitive]: () => 'p' } as Any),
    Buffer.from(Buffer.from('copy')),
    Buffer.from(new Uint16Array([1, 2])),
    Buffer.from(''),
    Buffer.alloc(3, 'ab'),
    Buffer.alloc(3, 'YQ==', 'base64'),
    Buffer.concat([Buffer.from('a'), Buffer.from('b')], 5),
    Buffer.concat([]),
    Buffer.of(1, 2, 3),
    Buffer.copyBytesFrom(new Uint16Array([1, 2, 3]), 1, 1),
  ].map((each) => [each.toString('latin1'), each.length, each instanceof Buffer]),
);
see('what a store is', () => {
  const [one, two] = [Buffer.from('a'), Buffer.from('b')];
  return [
    one.buffer === two.buffer,
    Buffer.alloc(100).buffer.byteLength,
    Buffer.allocUnsafeSlow(100).buffer.byteLength,
    Buffer.poolSize,
  ];
});
see('without new or this', () => {
  const { alloc, allocUnsafe, from } = Buffer;
  return [alloc(3).length, allocUnsafe(3).length, from('a').length];
});
see('arguments that Node may add', () => {
  const aligned = (Buffer.allocUnsafe as Any)(100, 16);
  return [aligned.length, (Buffer.alloc as Any)(2, 1, undefined, 4).join()];
});

const wrong: Record<string, () => unknown> = {
  'alloc(-1)': () => Buffer.alloc(-1),
  'alloc("1")': () => Buffer.alloc('1' as Any),
  'alloc(1, "", "x")': () => Buffer.alloc(1, 'a', 'x' as Any),
  'allocUnsafe(NaN)': () => Buffer.allocUnsafe(Number.NaN),
  'allocUnsafeSlow()': () => (Buffer as Any).allocUnsafeSlow(),
  'from(5)': () => Buffer.from(5 as Any),
  'from()': () => (Buffer as Any).from(),
  'from("", "x")': () => Buffer.from('', 'x' as Any),
  'from(store, -1)': () => Buffer.from(new ArrayBuffer(1), -1),
  'from(store, 5)': () => Buffer.from(new ArrayBuffer(1), 5),
  'concat(1)': () => Buffer.concat(1 as Any),
  'concat([1])': () => Buffer.concat([1 as Any]),
  'copyBytesFrom(1)': () => Buffer.copyBytesFrom(1 as Any),
  'new of': () => new (Buffer.of as Any)(),
  'Uint8Array()': () => (Uint8Array as Any)(1),
  'ArrayBuffer()': () => (ArrayBuffer as Any)(1),
  'Float64Array()': () => (Float64Array as Any)(1),
  'new Uint8Array(-1)': () => new Uint8Array(-1),
  'new Float64Array(-1)': () => new Float64Array(-1),
  'new ArrayBuffer(-1)': () => new ArrayBuffer(-1),
  'new ArrayBuffer(huge)': () => new ArrayBuffer(2 ** 53),
  'new ArrayBuffer(2, max 1)': () => new (ArrayBuffer as Any)(2, { maxByteLength: 1 }),
  'new Uint8Array(Symbol)': () => new Uint8Array(Symbol('x') as Any),
  'new Uint8Array(store, 9)': () => new Uint8Array(new ArrayBuffer(8), 9),
  'new BigInt64Array([1])': () => new BigInt64Array([1 as Any]),
  'slice of nothing': () => (ArrayBuffer.prototype.slice as Any).call({}),
  'new slice': () => new (ArrayBuffer.prototype.slice as Any)(),
  'resize a fixed one': () => (new ArrayBuffer(1) as Any).resize(1),
  'resize too far': () => new (ArrayBuffer as Any)(1, { maxByteLength: 2 }).resize(3),
  'resize of nothing': () => (ArrayBuffer.prototype as Any).resize.call({}),
  'grow of nothing': () => (SharedArrayBuffer.prototype as Any).grow.call({}),
  'map without a function': () => (new Uint8Array(1) as Any).map(),
  'map of nothing': () => TypedArray.prototype.map.call({}, String),
  'with out of range': () => (new Uint8Array(1) as Any).with(5, 1),
  'toString of nothing': () => Function.prototype.toString.call({}),
  'structuredClone()': () => (structuredClone as Any)(),
  'structuredClone(function)': () => structuredClone(() => {}),
  'randomBytes(-1)': () => crypto.randomBytes(-1),
  'encode of nothing': () => TextEncoder.prototype.encode.call({}),
  'listen(wrong)': () => new net.Server().listen(-1),
};
for (const [what, act] of Object.entries(wrong)) {
  see(`${what} throws`, () => thrownBy(act));
  see(`${what} throws, six calls deep, with a limit`, () => {
    const deep = (left: number): unknown => (left === 0 ? act() : deep(left - 1));
    Error.stackTraceLimit = 5;
    try {
      return thrownBy(() => deep(6));
    } finally {
      Error.stackTraceLimit = 10;
    }
  });
  see(`${what} throws, to a program that prepares stacks`, () => {
    const before = Error.prepareStackTrace;
    Error.prepareStackTrace = (_error, sites) =>
      sites.slice(0, 3).map((site) => site.getFunctionName());
    try {
      return thrownBy(act);
    } finally {
      Error.prepareStackTrace = before;
    }
  });
}
see('the functions of the program are called with what they were', () => {
  const seen: unknown[] = [];
  new Uint8Array([7]).map(function (this: unknown, ...args) {
    seen.push(this, args.length, args[0]);
    return 1;
  }, 'self');
  return [
    seen,
    Buffer.from([1, 2, 3])
      .filter((each) => each > 1)
      .join(),
  ];
});

see('Error', () => [
  Object.keys(Error),
  Error.stackTraceLimit,
  typeof Error.prepareStackTrace,
  Error.prepareStackTrace?.name,
]);
see('listeners', () => [
  process.eventNames().map(String),
  process.listenerCount('exit'),
  process.getMaxListeners(),
  events.defaultMaxListeners,
]);
see('what keeps the process alive', () =>
  process.getActiveResourcesInfo().filter((each) => !/Write|Close/.test(each)),
);
see('require.cache', () =>
  Object.keys(require.cache).filter((path) => /preload|recording/.test(path)),
);
see('new contexts', () =>
  vm.runInNewContext('typeof gc + typeof Uint8Array + new Uint8Array(9).length'),
);
see('gc', () => typeof (globalThis as Any).gc);
see('cached code', () => {
  const { cachedData } = new vm.Script('1 + 1', { produceCachedData: true });
  const again = new vm.Script('1 + 1', { cachedData: cachedData as Buffer });
  return again.cachedDataRejected;
});
see('other realms', () => [
  vm.runInNewContext('x instanceof Uint8Array', { x: new Uint8Array(1) }),
  types.isUint8Array(vm.runInNewContext('new Uint8Array(1)')),
  Buffer.from(vm.runInNewContext('new Uint8Array([1, 2])')).join(),
]);
see('equality', () => {
  assert.deepStrictEqual(new Uint8Array([1]), new Uint8Array([1]));
  assert.deepStrictEqual(structuredClone(new Uint8Array([1])), new Uint8Array([1]));
  assert.deepStrictEqual(structuredClone(new ArrayBuffer(2)), new ArrayBuffer(2));
  assert.deepStrictEqual(v8.deserialize(v8.serialize(Buffer.from('a'))), Buffer.from('a'));
  assert.notDeepStrictEqual(Buffer.from([1]), new Uint8Array([1]));
  return 'equal';
});
see('texts', () => [
  JSON.stringify({ a: Buffer.from('a'), b: new Uint8Array(2) }),
  inspect(new Uint8Array(2)),
  inspect(Buffer.from('a')),
  inspect(new ArrayBuffer(2)),
  inspect(Uint8Array),
  inspect(class extends Uint8Array {}),
  Object.prototype.toString.call(new Uint8Array(1)),
  Object.prototype.toString.call(Uint8Array),
  String(Symbol.for('x')),
  /native code/.test(`${Uint8Array}`),
]);
// Not inspected: Node 26 says of a proxy that it is one.
see('Worker', () => {
  class Own extends Worker {}
  return [
    Worker.name,
    Worker.length,
    Reflect.ownKeys(Worker).map(String),
    `${Worker}`.slice(0, 40),
    Worker.prototype.constructor === Worker,
    Object.getPrototypeOf(Own) === Worker,
    thrownBy(() => new Worker(5 as Any)),
    thrownBy(() => new Own('relative.js')),
    thrownBy(() => (Worker as Any)('')),
  ];
});
see('structuredClone', () => {
  const store = new ArrayBuffer(100);
  const moved = structuredClone(store, { transfer: [store] });
  const nested = structuredClone({ a: [new Uint8Array(200)], b: new Map([[1, new Set([2])]]) });
  return [store.byteLength, moved.byteLength, inspect(nested, { depth: 1 })];
});
see('frozen', () => {
  const frozen = vm.runInNewContext('Object.isFrozen(Object.freeze(Uint8Array))');
  return [frozen, Object.isFrozen(Uint8Array), Object.isExtensible(Buffer)];
});
see('asynchronous context', () => {
  const storage = new AsyncLocalStorage<number>();
  return storage.run(5, () => [storage.getStore(), Buffer.alloc(1e6).length]);
});
await seeLater('blobs and ciphers', async () => {
  const blob = new Blob([new Uint8Array(100_000)]);
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt']);
  const text = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: new Uint8Array(12) },
    key,
    Buffer.alloc(10),
  );
  const bytes: number = await new Promise((resolve) =>
    crypto.randomBytes(100, (_error, made) => resolve(made.length)),
  );
  return [(await blob.arrayBuffer()).byteLength, text.byteLength, bytes];
});
await seeLater('rejections', async () => {
  const wrongThis = Blob.prototype.arrayBuffer.call({} as Any).catch((error: Error) => error.name);
  return wrongThis;
});
await seeLater('warnings', async () => {
  const seen: string[] = [];
  process.on('warning', ({ name }) => seen.push(name));
  for (let each = 0; each < 10; each++) process.on('exit', () => {});
  await new Promise((resolve) => setTimeout(resolve, 10));
  return [seen, process.listenerCount('exit')];
});

function see(what: string, look: () => unknown): void {
  let seen: unknown;
  try {
    seen = look();
  } catch (error) {
    seen = describe(error);
  }
  console.log(JSON.stringify([what, seen]));
}

async function seeLater(what: string, look: () => Promise<unknown>): Promise<void> {
  const seen = await look().catch(describe);
  see(what, () => seen);
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return 'nothing';
  } catch (error) {
    return describe(error);
  }
}

function describe(error: Any): unknown {
  return [
    error?.constructor?.name,
    error?.name,
    error?.code,
    error?.message,
    Object.keys(error ?? {}),
    error?.stack,
  ];
}
