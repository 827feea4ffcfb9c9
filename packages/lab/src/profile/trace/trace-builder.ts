import { printable } from '../../core/text.ts';
import type { MemoryLine, TotalsLine, TraceFrame, TraceHead } from '../trace-format.ts';
import type { Look, Sample, Trace } from './trace.ts';

// More than any stack or name has. What is longer is cut.
const FRAMES = 500;
const TEXT = 2_000;
/** More bytes than a machine has: a sample stands for at most so many. */
const MOST_BYTES = 2 ** 50;
/** Milliseconds: three years. */
const LATEST = 1e11;

type Line = Readonly<Record<string, unknown>> & { readonly gc?: unknown };

/** Puts a trace together, line by line, from lines that may be anything. */
export class TraceBuilder {
  readonly #head: TraceHead;
  readonly #stacks = new Map<number, readonly TraceFrame[]>();
  readonly #apis = new Map<number, string>();
  readonly #samples = new Map<number, Sample>();
  readonly #looks: Look[] = [];
  readonly #memory: MemoryLine[] = [];
  readonly #counters: TotalsLine[] = [];
  #exitCode: number | undefined;
  #endMs = 0;
  #badLines = 0;
  /** Whether nothing but counters has been told since the last look. */
  #justLooked = false;

  constructor(head: TraceHead) {
    this.#head = head;
  }

  add(value: unknown): void {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!(isObject && this.#understood(value as Line))) this.#badLines += 1;
  }

  finish(): Trace {
    return {
      head: this.#head,
      stacks: this.#stacks,
      apis: this.#apis,
      samples: [...this.#samples.values()],
      looks: this.#looks,
      memory: this.#memory,
      totals: this.#counters.at(-1),
      counters: this.#counters,
      exitCode: this.#exitCode,
      endMs: this.#endMs,
      badLines: this.#badLines,
    };
  }

  #understood(line: Line): boolean {
    if ('look' in line) return this.#look(line);
    if ('totals' in line) return this.#totalsLine(line);
    if ('end' in line) return this.#end(line);
    this.#justLooked = false;
    if ('sample' in line) return this.#sample(line);
    if ('memory' in line) return this.#memoryLine(line);
    if ('frames' in line) return this.#stack(line);
    if ('name' in line) return this.#api(line);
    return 'gc' in line && this.#at(line.gc);
  }

  #sample(line: Line): boolean {
    const { sample, t, bytes, weight, api, stack, origin } = line;
    if (!(isId(sample) && isId(api) && isId(stack) && isNumber(weight) && isNumber(bytes))) {
      return false;
    }
    if (origin !== undefined && !isId(origin)) return false;
    if (bytes < 1 || weight < 1 || bytes * weight > MOST_BYTES) return false;
    if (this.#samples.has(sample) || !this.#at(t)) return false;
    this.#samples.set(sample, {
      t: t as number,
      bytes,
      weight,
      api,
      stack,
      origin,
      goneAt: undefined,
    });
    return true;
  }

  #look({ look, took, gone }: Line): boolean {
    const before = this.#looks.at(-1)?.t ?? 0;
    if (!(isNumber(took) && Array.isArray(gone) && this.#at(look))) return false;
    if ((look as number) < before) return false;
    this.#looks.push({ t: look as number, took });
    this.#justLooked = true;
    for (const id of gone) {
      const sample = this.#samples.get(id);
      if (sample !== undefined && sample.goneAt === undefined) sample.goneAt = look as number;
    }
    return true;
  }

  #memoryLine(line: Line): boolean {
    const { memory, arrayBuffers, external, heapUsed, resident } = line;
    if (![arrayBuffers, external, heapUsed, resident].every(isNumber)) return false;
    if ((memory as number) < (this.#memory.at(-1)?.memory ?? 0) || !this.#at(memory)) return false;
    this.#memory.push({ memory, arrayBuffers, external, heapUsed, resident } as MemoryLine);
    return true;
  }

  #stack({ stack, frames }: Line): boolean {
    if (!isId(stack) || !Array.isArray(frames)) return false;
    const list = frames.slice(0, FRAMES).map(frameOf);
    if (!list.every((frame) => frame !== undefined)) return false;
    this.#stacks.set(stack, list as TraceFrame[]);
    return true;
  }

  #api({ api, name }: Line): boolean {
    if (!isId(api) || typeof name !== 'string') return false;
    this.#apis.set(api, printable(name.slice(0, TEXT)));
    return true;
  }

  #totalsLine(line: Line): boolean {
    const { totals, apis, samples, ownMs, cpuMs, interval } = line;
    if (![samples, ownMs, cpuMs, interval].every(isNumber) || !Array.isArray(apis)) return false;
    if ((totals as number) < (this.#counters.at(-1)?.totals ?? 0)) return false;
    if (!(apis.every(isCount) && this.#at(totals))) return false;
    this.#counters.push(line as unknown as TotalsLine);
    return true;
  }

  #end({ end, exitCode }: Line): boolean {
    if (!(Number.isSafeInteger(exitCode) && this.#at(end))) return false;
    this.#exitCode = exitCode as number;
    // The look at the exit is believed about what is gone alone: what was made in the same turn of the event loop seems
    // reachable to it, as V8 keeps what a WeakRef was made for until the turn ends.
    if (this.#justLooked) this.#looks.pop();
    this.#justLooked = false;
    return true;
  }

  /** Whether it is a time. */
  #at(t: unknown): boolean {
    if (!isNumber(t) || t > LATEST) return false;
    this.#endMs = Math.max(this.#endMs, t);
    return true;
  }
}

function frameOf(frame: unknown): TraceFrame | undefined {
  if (!Array.isArray(frame)) return undefined;
  // V8 has no name, file or position for some frames.
  const [name, file, line, column, isAsync] = frame.map((part) => part ?? undefined);
  const text = (part: unknown): string => (typeof part === 'string' ? part.slice(0, TEXT) : '');
  const place = (part: unknown): number => (isId(part) ? part : 0);
  return [text(name), text(file), place(line), place(column), isAsync === 1 ? 1 : 0];
}

function isCount(entry: unknown): boolean {
  return Array.isArray(entry) && isId(entry[0]) && isNumber(entry[1]) && isNumber(entry[2]);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function isId(value: unknown): value is number {
  return isNumber(value) && Number.isInteger(value);
}
