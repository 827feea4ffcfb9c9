import { byteLengthOf, now, storeLength, storeOf } from './captured.cts';
import type { Origins } from './origins.cts';
import type { OwnTime } from './own-time.cts';
import type { Pace } from './pace.cts';
import type { Stacks } from './stacks.cts';
import type { Watcher } from './watcher.cts';
import type { Writer } from './writer.cts';

/** Typed arrays up to this size lie on V8's heap, until somebody asks for their `buffer`. */
const ON_HEAP = 64;
const MOST_APIS = 128;

export interface SamplerParts {
  readonly writer: Writer;
  readonly stacks: Stacks;
  readonly watcher: Watcher;
  readonly origins: Origins;
  readonly pace: Pace;
  readonly ownTime: OwnTime;
  readonly minBytes: number;
}

/** Counts every allocation that passes by, and picks samples by their bytes. */
export class Sampler {
  /** Above 0 while code of Node's runs whose result is counted as a whole, or the recording itself. */
  nested = 0;
  /** For whom bytes are allocated now, if not for the caller: a stream that reads a file. */
  source: object | undefined;
  samples = 0;
  readonly #parts: SamplerParts;
  readonly #minBytes: number;
  readonly #bytes = new Float64Array(MOST_APIS);
  readonly #counts = new Float64Array(MOST_APIS);
  #apis = 0;
  #left: number;

  constructor(parts: SamplerParts) {
    this.#parts = parts;
    this.#minBytes = parts.minBytes;
    this.#left = parts.pace.draw();
  }

  /** Lets samples come as far apart as they should by now. */
  adapt(): void {
    const { pace } = this.#parts;
    const before = pace.mean;
    pace.adapt();
    // The way to the next one was drawn for the mean before. What is left of it is as if drawn just now, so it may be stretched.
    this.#left *= pace.mean / before;
  }

  /** Names a way of allocating. */
  api(name: string): number {
    const api = this.#apis++;
    this.#parts.writer.write({ api, name });
    return api;
  }

  /** A typed array that has just been made on a store of its own. */
  sawView(view: ArrayBufferView, bytes: number, api: number): void {
    if (bytes <= ON_HEAP) return;
    (this.#bytes[api] as number) += bytes;
    (this.#counts[api] as number) += 1;
    if (bytes < this.#minBytes) return;
    this.#left -= bytes;
    if (this.#left < 0) this.#take(bytes, api, storeOf(view), undefined);
  }

  /** `bytes` that have just been allocated for a store. */
  sawStore(store: object, bytes: number, api: number, source?: object): void {
    (this.#bytes[api] as number) += bytes;
    (this.#counts[api] as number) += 1;
    if (bytes < this.#minBytes) return;
    this.#left -= bytes;
    if (this.#left < 0) this.#take(bytes, api, store, source);
  }

  /** The whole store under a view that somebody else has made. */
  sawWhole(view: ArrayBufferView, api: number, source?: object): void {
    if (byteLengthOf(view) <= ON_HEAP) return;
    const store = storeOf(view);
    this.sawStore(store, storeLength(store), api, source);
  }

  /** Exact counts, an API a row. */
  totals(): [api: number, bytes: number, count: number][] {
    return Array.from(this.#counts.subarray(0, this.#apis), (count, api) => [
      api,
      this.#bytes[api] as number,
      count,
    ]).filter(([, , count]) => count !== 0) as [number, number, number][];
  }

  #take(bytes: number, api: number, store: object, source: object | undefined): void {
    const { writer, stacks, watcher, origins, pace, ownTime } = this.#parts;
    const start = now();
    this.nested++;
    try {
      const weight = Number(pace.weightOf(bytes).toPrecision(7));
      const sample = this.samples++;
      const stack = stacks.here();
      const origin = origins.of(source ?? this.source);
      const opened = origin === undefined ? '' : `,"origin":${origin}`;
      const line = `"t":${start.toFixed(3)},"bytes":${bytes},"weight":${weight},"api":${api}`;
      watcher.watch(store, sample);
      ownTime.add(now() - start);
      writer.writeText(`{"sample":${sample},${line},"stack":${stack}${opened}}`);
    } finally {
      this.nested--;
      pace.sampled();
      this.#left = pace.draw();
    }
  }
}
