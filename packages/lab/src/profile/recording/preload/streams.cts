// What sockets, HTTP bodies and ciphers read is born in C++, and first seen where it is pushed into a stream.
import fs from 'node:fs';
import net from 'node:net';
import { Readable } from 'node:stream';
import { builtinModule, isView, storeLength, storeOf } from './captured.cts';
import { after, type Origins } from './origins.cts';
import type { Sampler } from './sampler.cts';
import { type Any, type AnyFunction, replace } from './stand-in.cts';

const { apply, getPrototypeOf } = Reflect;
const { hasOwn } = Object;
const { isPrototypeOf: isBehind } = Object.prototype;

export function countStreams(sampler: Sampler, origins: Origins): void {
  const chunks = new Chunks(sampler);
  replace(Readable.prototype, 'push', (push: AnyFunction) => {
    return function (this: Readable, chunk: unknown) {
      if (typeof chunk === 'object' && chunk !== null && sampler.nested === 0)
        chunks.saw(this, chunk);
      return apply(push, this, arguments);
    };
  });
  const followed = new WeakSet<object>();
  after(fs, 'createReadStream', (_fs, stream) => {
    origins.note(stream);
    // Here and not at the start: asking for `fs.ReadStream` loads what may never be used.
    const reader = ownerOf(stream, '_read');
    if (followed.has(reader)) return;
    followed.add(reader);
    followReads(sampler, reader);
  });
}

/** The object that has a property: this one, or the first of its prototypes. */
function ownerOf(object: object, key: string): object {
  for (let each: object | null = object; each !== null; each = getPrototypeOf(each))
    if (hasOwn(each, key)) return each;
  return object;
}

/** Has what is allocated while a stream reads a file counted for that stream. */
function followReads(sampler: Sampler, reader: object): void {
  replace(reader, '_read', (read: AnyFunction) => {
    return function (this: object) {
      const outer = sampler.source;
      sampler.source = this;
      try {
        return apply(read, this, arguments);
      } finally {
        sampler.source = outer;
      }
    };
  });
}

/** Where the chunks of a stream come from. `undefined`: from JavaScript, where they have been seen. */
interface Source {
  readonly api: number;
  /** Whether several chunks may be of one store, in whatever order. */
  readonly shares: boolean;
}

class Chunks {
  readonly #sampler: Sampler;
  readonly #sources = new WeakMap<object, Source | null>();
  readonly #known: readonly [isThis: (prototype: object) => boolean, source: Source][];
  readonly #shared = new WeakSet<object>();

  constructor(sampler: Sampler) {
    this.#sampler = sampler;
    const source = (name: string, shares = false): Source => ({ api: sampler.api(name), shares });
    this.#known = [
      [(prototype) => prototype === net.Socket.prototype, source('socket read')],
      [isHttpBody, source('http body')],
      [named('Http2Stream'), source('http2 body', true)],
      [named('Cipheriv'), source('Cipheriv stream')],
      [named('Decipheriv'), source('Decipheriv stream')],
    ];
  }

  saw(stream: Any, chunk: object): void {
    const prototype = getPrototypeOf(stream) as object;
    let source = this.#sources.get(prototype);
    if (source === undefined) {
      source = this.#sourceOf(prototype);
      this.#sources.set(prototype, source);
    }
    if (source === null || !isView(chunk)) return;
    // A chunk further back in its store is not the first one of it.
    if (!source.shares && chunk.byteOffset !== 0) return;
    const store = storeOf(chunk);
    if (source.shares) {
      if (this.#shared.has(store)) return;
      this.#shared.add(store);
    }
    this.#sampler.sawStore(store, storeLength(store), source.api, stream);
  }

  #sourceOf(prototype: object): Source | null {
    for (let each: object | null = prototype; each !== null; each = getPrototypeOf(each))
      for (const [isThis, source] of this.#known) if (isThis(each)) return source;
    return null;
  }
}

/**
 * By name: what may never be used is not loaded, which takes time, and memory that V8 looks through at every full
 * collection of a program that has little of its own.
 */
function named(name: string): (prototype: object) => boolean {
  return (prototype) => prototype.constructor?.name === name;
}

/** A program may have a class of this name, or have put its own in the place of Node's. */
function isHttpBody(prototype: object): boolean {
  if (!named('IncomingMessage')(prototype)) return false;
  const { prototype: current } = builtinModule('node:http').IncomingMessage;
  return prototype === current || isBehind.call(prototype, current);
}
