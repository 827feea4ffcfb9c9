// What sockets, HTTP bodies and ciphers read is born in C++, and first seen where it is pushed into a stream.
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';
import { isView, storeLength, storeOf } from './captured.cts';
import type { Sampler } from './sampler.cts';
import { type Any, type AnyFunction, replace } from './stand-in.cts';

const { apply, getPrototypeOf } = Reflect;

export function countStreams(sampler: Sampler): void {
  const chunks = new Chunks(sampler);
  replace(Readable.prototype, 'push', (push: AnyFunction) => {
    return function (this: Readable, chunk: unknown) {
      if (typeof chunk === 'object' && chunk !== null && sampler.nested === 0)
        chunks.saw(this, chunk);
      return apply(push, this, arguments);
    };
  });
  replace(fs.ReadStream.prototype, '_read', (read: AnyFunction) => {
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
    const named = (name: string) => (prototype: object) => prototype.constructor?.name === name;
    this.#known = [
      [(prototype) => prototype === net.Socket.prototype, source('socket read')],
      [(prototype) => prototype === http.IncomingMessage.prototype, source('http body')],
      // By name: loading what may never be used takes time.
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
