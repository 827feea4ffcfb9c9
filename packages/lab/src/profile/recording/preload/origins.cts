import childProcess from 'node:child_process';
import net from 'node:net';
import { now } from './captured.cts';
import type { OwnTime } from './own-time.cts';
import type { Stacks } from './stacks.cts';
import { type Any, type AnyFunction, replace, standInFor } from './stand-in.cts';

/** Where a program opens a thousand connections a second, it suffices to know where some were opened. */
const PER_SECOND = 50;

/** Where servers, connections and files were opened: what is allocated for them later has no caller. */
export class Origins {
  readonly #stacks: Stacks;
  readonly #ownTime: OwnTime;
  readonly #opened = new WeakMap<object, number>();
  #window = 0;
  #inWindow = 0;

  constructor(stacks: Stacks, ownTime: OwnTime) {
    this.#stacks = stacks;
    this.#ownTime = ownTime;
  }

  /** That something is opened now, by whoever called. */
  note(thing: object, isRare = false): void {
    const start = now();
    if (start - this.#window > 1_000) {
      this.#window = start;
      this.#inWindow = 0;
    }
    if (this.#opened.has(thing) || (!isRare && this.#inWindow++ >= PER_SECOND)) return;
    this.#opened.set(thing, this.#stacks.here());
    this.#ownTime.add(now() - start);
  }

  /** The number of the stack that opened it, or the server through which it came. */
  of(source: Any): number | undefined {
    if (source === undefined) return undefined;
    try {
      const socket = source.socket ?? source.session;
      for (const thing of [source, source.server, socket, socket?.server]) {
        const origin = thing && this.#opened.get(thing);
        if (origin !== undefined) return origin;
      }
    } catch {
      // A getter of the program's.
    }
    return undefined;
  }
}

/** Has `origins` told of what is opened. */
export function noteOpenings(origins: Origins): void {
  before(net.Server.prototype, 'listen', (server) => origins.note(server, true));
  before(net.Socket.prototype, 'connect', (socket) => origins.note(socket));
  after(childProcess.ChildProcess.prototype, 'spawn', (child) => {
    for (const stream of child.stdio ?? []) if (stream) origins.note(stream);
  });
}

function before(owner: object, key: string, note: (self: Any) => void): void {
  replace(owner, key, (original: AnyFunction) =>
    standInFor(original, (self, args) => {
      note(self);
      return Reflect.apply(original, self, args);
    }),
  );
}

/** Calls `note` with what a function returned. */
export function after(owner: object, key: string, note: (self: Any, result: Any) => void): void {
  replace(owner, key, (original: AnyFunction) =>
    standInFor(original, (self, args) => {
      const result = Reflect.apply(original, self, args);
      note(self, result);
      return result;
    }),
  );
}
