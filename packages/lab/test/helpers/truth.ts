import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './lab.ts';

// An independent truth about the bytes of array buffers: an interposed `malloc`, which knows Node's
// allocator by where it is called from.

const SOURCE = fileURLToPath(new URL('../../../test/helpers/truth/truth.c', import.meta.url));
const CALLERS = 10;
const WORDS = 3 + CALLERS;

/** The functions of Node's that allocate what becomes an array buffer. */
const ALLOCATORS =
  /ArrayBufferAllocator::|internal::BackingStore::|node::Buffer::|node::ByteSource::/;
/** Text on its way out lies in such memory for a moment, and no JavaScript ever sees it. */
const TEXT = /StreamBase::Write/;

/** Why there is no truth to be had here; undefined if there is. */
export const noTruth: string | undefined = whyNot();

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
let library: string | undefined;

/** The environment in which Node writes its log to `folder`. */
export function truthEnvironment(node: string, folder: string): NodeJS.ProcessEnv {
  const { starts, names } = symbols(node);
  const ranges = names.flatMap((name, at) =>
    ALLOCATORS.test(name) ? [`${hex(starts[at])}-${hex(starts[at + 1])}`] : [],
  );
  return {
    LD_PRELOAD: builtLibrary(),
    TRUTH_PREFIX: join(folder, 'truth'),
    TRUTH_RANGES: ranges.join(),
  };
}

export function readTruth(node: string, folder: string, pid: number): Truth {
  const bytes = readFileSync(join(folder, `truth.${pid}`));
  const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 3);
  const sizes = new Map<bigint, number>();
  const isText = new Map<bigint, boolean>();
  let [allocated, reached] = [0, 0];
  for (let at = 0; at + WORDS <= words.length; at += WORDS) {
    const [pointer, size, old] = [words[at], Number(words[at + 1]), words[at + 2]] as [
      bigint,
      number,
      bigint,
    ];
    // What a typed array holds up to 64 bytes lies on V8's heap; so nothing that small is counted.
    if (size <= 64) continue;
    allocated += size;
    reached -= old === 0n ? 0 : (sizes.get(old) ?? 0);
    const callers = words.subarray(at + 3, at + WORDS);
    const reaches = !callers.some((caller) => isTextAt(node, caller, isText));
    sizes.set(pointer, reaches ? size : 0);
    if (reaches) reached += size;
  }
  return { allocated, reached };
}

function isTextAt(node: string, caller: bigint, known: Map<bigint, boolean>): boolean {
  let is = known.get(caller);
  if (is === undefined) {
    is = TEXT.test(nameAt(symbols(node), Number(caller)));
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
  if (library === undefined) {
    library = join(temporaryFolder(), 'truth.so');
    execFileSync('gcc', ['-shared', '-fPIC', '-O2', SOURCE, '-o', library, '-ldl']);
  }
  return library;
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
