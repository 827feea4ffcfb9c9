import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './lab.ts';

// An independent truth about the bytes of array buffers: an interposed `malloc`, which knows Node's
// allocator by where it is called from.

const SOURCE = fileURLToPath(new URL('../../../test/helpers/truth/truth.c', import.meta.url));
const WORDS = 1 + 14;

/** The functions of Node's that allocate what becomes an array buffer. */
const ALLOCATORS =
  /ArrayBufferAllocator::|internal::BackingStore::|node::Buffer::|node::ByteSource::/;
/**
 * Who frees an array buffer. Text on its way out and what is read before it is trimmed lie in such memory as
 * well; that is freed by those that took it, and no JavaScript ever sees it.
 */
const COLLECTOR = /ArrayBufferSweeper|ArrayBufferExtension|ArrayBufferList|internal::Heap::/;

export interface Truth {
  /** Bytes that Node's allocator was asked for. */
  readonly allocated: number;
  /** The part that became an array buffer: no text that was written, and of what was trimmed, what was left. */
  readonly reached: number;
}

interface Symbols {
  readonly starts: readonly number[];
  readonly names: readonly string[];
}

const symbolsOf = new Map<string, Symbols>();

/** Why there is no truth to be had here; undefined if there is. */
export const noTruth: string | undefined = whyNot();

/** Built for the whole file: what a test makes goes with it. */
const library = noTruth === undefined ? builtLibrary() : '';

/** The environment in which Node writes its log to `folder`. */
export function truthEnvironment(node: string, folder: string): NodeJS.ProcessEnv {
  const { starts, names } = symbols(node);
  const ranges = names.flatMap((name, at) =>
    ALLOCATORS.test(name) ? [`${hex(starts[at])}-${hex(starts[at + 1])}`] : [],
  );
  return {
    LD_PRELOAD: library,
    TRUTH_PREFIX: join(folder, 'truth'),
    TRUTH_RANGES: ranges.join(),
  };
}

export function readTruth(node: string, folder: string, pid: number): Truth {
  const bytes = readFileSync(join(folder, `truth.${pid}`));
  const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 3);
  const collectors = new Map<bigint, boolean>();
  let [allocated, reached] = [0, 0];
  for (let at = 0; at + WORDS <= words.length; at += WORDS) {
    const size = Number(words[at]);
    // Typed arrays up to 64 bytes lie on V8's heap, so nothing that small is counted.
    if (size <= 64) continue;
    allocated += size;
    const freedBy = words.subarray(at + 1, at + WORDS);
    const isCollected = (caller: bigint) => isCollector(node, caller, collectors);
    if (freedBy[0] === 0n || freedBy.some(isCollected)) reached += size;
  }
  return { allocated, reached };
}

function isCollector(node: string, caller: bigint, known: Map<bigint, boolean>): boolean {
  let is = known.get(caller);
  if (is === undefined) {
    is = COLLECTOR.test(nameAt(symbols(node), Number(caller)));
    known.set(caller, is);
  }
  return is;
}

function nameAt({ starts, names }: Symbols, address: number): string {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] as number) <= address) low = middle;
    else high = middle - 1;
  }
  return names[low] ?? '';
}

function symbols(node: string): Symbols {
  const path = realpathSync(node);
  const known = symbolsOf.get(path);
  if (known) return known;
  const text = execFileSync('nm', ['-n', '-C', '--defined-only', path], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const found = [...text.matchAll(/^([0-9a-f]+) [tTwWi] (.*)$/gm)];
  const read = {
    starts: found.map(([, address]) => Number.parseInt(address as string, 16)),
    names: found.map(([, , name]) => name as string),
  };
  symbolsOf.set(path, read);
  return read;
}

function builtLibrary(): string {
  const path = join(temporaryFolder(), 'truth.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-O2', SOURCE, '-o', path, '-ldl']);
  return path;
}

function whyNot(): string | undefined {
  const missing = ['gcc', 'nm'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  let why: string | undefined;
  if (process.platform !== 'linux') why = 'malloc is interposed on Linux only';
  else if (missing.length > 0) why = `needs ${missing.join(' and ')}`;
  else if (!existsSync(SOURCE)) why = `needs ${SOURCE}`;
  else if (symbols(process.execPath).starts.length < 1_000) why = 'this Node has no symbols';
  if (why !== undefined && process.env.GIVEBACK_REQUIRE_TOOLS) throw new Error(`The truth ${why}`);
  return why;
}

function hex(address: number | undefined): string {
  return (address ?? 0).toString(16);
}
