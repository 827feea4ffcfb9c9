import { type Channel, channel } from './platform.ts';
import type { FreeReason, RecyclerStats } from './stats.ts';

/** A thing or a buffer's store was made. */
export interface MakeMessage {
  /** The recycler's name. */
  readonly recycler: string;
  /** Bytes of the store; absent from a `Recycler`. */
  readonly bytes?: number;
}

/** A thing or a buffer's store was freed. */
export interface FreeMessage {
  /** The recycler's name. */
  readonly recycler: string;
  /** Why: a field of `stats().frees`. */
  readonly reason: FreeReason | keyof RecyclerStats['frees'];
  /** Bytes of the store; absent from a `Recycler`. */
  readonly bytes?: number;
}

/** A lent buffer was garbage-collected without being given back. */
export interface LeakMessage {
  /** The recycler's name. */
  readonly recycler: string;
  /** Bytes of the store. */
  readonly bytes: number;
  /** Bytes that were asked for. */
  readonly size: number;
  /** The stack of the get, if that was sampled. */
  readonly stack?: string;
}

/** A buffer was discarded. */
export interface DiscardMessage {
  /** The recycler's name. */
  readonly recycler: string;
  /** Bytes of the store. */
  readonly bytes: number;
  /** Bytes that were asked for. */
  readonly size: number;
}

/** An acquire has to wait. */
export interface WaitMessage {
  /** The recycler's name. */
  readonly recycler: string;
  /** Bytes wanted. */
  readonly size: number;
  /** How many of this thread wait now, this one among them. */
  readonly waiting: number;
}

/** An acquire that waited has its buffer. */
export interface ServedMessage {
  /** The recycler's name. */
  readonly recycler: string;
  /** Bytes wanted. */
  readonly size: number;
  /** How long it waited. Absent if nobody listened yet when it began to wait, as the clock was not read then. */
  readonly waitedMs?: number;
}

/** An acquire gave up after its `timeout`. */
export interface TimeoutMessage {
  /** The recycler's name. */
  readonly recycler: string;
  /** Bytes wanted. */
  readonly size: number;
  /** The timeout. */
  readonly timeoutMs: number;
}

/** What recyclers publish to `diagnostics_channel`, by channel. */
export interface GivebackEvents {
  'giveback:make': MakeMessage;
  'giveback:free': FreeMessage;
  'giveback:leak': LeakMessage;
  'giveback:discard': DiscardMessage;
  'giveback:wait': WaitMessage;
  'giveback:served': ServedMessage;
  'giveback:timeout': TimeoutMessage;
}

/**
 * One kind of event. Ask `isHeard` before a message is built, so that events cost nothing while nobody listens.
 */
class Event<Message extends object> {
  readonly #channel: Channel;

  constructor(name: keyof GivebackEvents) {
    this.#channel = channel(name);
  }

  get isHeard(): boolean {
    return this.#channel.hasSubscribers;
  }

  /**
   * Within `inOneStep` it is published at the end of that; while others are published, after those; otherwise now.
   */
  publish(message: Message): void {
    pending.push({ channel: this.#channel, message });
    if (steps === 0) deliverAll();
  }
}

/** How many calls of `inOneStep` are under way, one within the other. */
let steps = 0;
const pending: { readonly channel: Channel; readonly message: object }[] = [];
let isDelivering = false;

/**
 * Runs what changes a recycler in several places. Events are published at its end, even if it throws: so whoever
 * listens sees numbers that add up, and may call any method of any recycler.
 */
export function inOneStep<T>(change: () => T): T {
  steps++;
  try {
    return change();
  } finally {
    if (--steps === 0 && pending.length > 0) deliverAll();
  }
}

function deliverAll(): void {
  // Whoever listens may cause more events: they come after those that are there already.
  if (isDelivering) return;
  isDelivering = true;
  for (let index = 0; index < pending.length; index++) {
    const { channel, message } = pending[index] as (typeof pending)[number];
    deliver(channel, message);
  }
  pending.length = 0;
  isDelivering = false;
}

/** Never throws. */
function deliver(channel: Channel, message: object): void {
  try {
    channel.publish(message);
  } catch (error) {
    // Node does the same by itself: it ends the process, unless somebody handles uncaught exceptions.
    queueMicrotask(() => {
      throw error;
    });
  }
}

export const events: {
  readonly make: Event<MakeMessage>;
  readonly free: Event<FreeMessage>;
  readonly leak: Event<LeakMessage>;
  readonly discard: Event<DiscardMessage>;
  readonly wait: Event<WaitMessage>;
  readonly served: Event<ServedMessage>;
  readonly timeout: Event<TimeoutMessage>;
} = {
  make: new Event('giveback:make'),
  free: new Event('giveback:free'),
  leak: new Event('giveback:leak'),
  discard: new Event('giveback:discard'),
  wait: new Event('giveback:wait'),
  served: new Event('giveback:served'),
  timeout: new Event('giveback:timeout'),
};
