import type { TraceFrame } from '../../trace-format.ts';
import { isOwn } from './stand-in.cts';
import type { Writer } from './writer.cts';

const DEPTH = 32;
/** Then they are forgotten and written again, under other numbers: a program may have ever new ones. */
const MOST_STACKS = 10_000;
const { captureStackTrace } = Error;

type Sites = readonly NodeJS.CallSite[];
const asSites = (_error: unknown, sites: Sites): Sites => sites;

/** The stacks of a trace. A stack is written when it is seen first, and has a number ever after. */
export class Stacks {
  readonly #writer: Writer;
  #next = 0;
  /** Keyed by script and position of each call: text that V8 need not compute. */
  readonly #numbers = new Map<string, number>();

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** The number of the stack that the program has now; without the preload's own frames. */
  here(): number {
    const sites = callSites();
    const start = sites.findIndex((site) => !isOwn(fileOf(site)));
    const callers = start === -1 ? [] : sites.slice(start);
    let key = '';
    for (const site of callers) key += `${fileOf(site)}:${positionOf(site)} `;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#numbers.size >= MOST_STACKS) this.#numbers.clear();
    const stack = this.#next++;
    this.#numbers.set(key, stack);
    const frames = callers.filter((site) => !isOwn(fileOf(site))).map(frameOf);
    this.#writer.write({ stack, frames });
    return stack;
  }
}

/** The program's own `prepareStackTrace` and limit are as before afterwards. None where they are frozen. */
function callSites(): Sites {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  let sites: unknown;
  try {
    Error.stackTraceLimit = DEPTH;
    Error.prepareStackTrace = asSites as typeof prepareStackTrace;
    captureStackTrace(holder);
    sites = holder.stack;
  } catch {
    return [];
  } finally {
    restore({ prepareStackTrace, stackTraceLimit });
  }
  return Array.isArray(sites) ? sites : [];
}

function restore(before: Pick<ErrorConstructor, 'prepareStackTrace' | 'stackTraceLimit'>): void {
  try {
    Error.stackTraceLimit = before.stackTraceLimit;
    Error.prepareStackTrace = before.prepareStackTrace;
  } catch {
    // Frozen, so it was not changed either.
  }
}

function fileOf(site: NodeJS.CallSite): string {
  return site.getScriptNameOrSourceURL() ?? '';
}

function positionOf(site: NodeJS.CallSite): number {
  return site.getPosition();
}

function frameOf(site: NodeJS.CallSite): TraceFrame {
  const name = site.getFunctionName() ?? '';
  return [
    site.isConstructor() && !name.startsWith('new ') ? `new ${name}` : name,
    fileOf(site),
    site.getLineNumber() ?? 0,
    site.getColumnNumber() ?? 0,
    site.isAsync() ? 1 : 0,
  ];
}
