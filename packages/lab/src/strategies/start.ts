import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Runtime } from '../measure/runtimes.ts';

/**
 * How the process of a trial is started, for strategies that leave the program as it is and change what it runs on: its
 * malloc, or the flags of its runtime.
 */
export interface Start {
  /** Flags that only Node knows. */
  readonly nodeFlags?: readonly string[];
  /** A shared library to load before all others. */
  readonly preload?: Library;
}

export interface Library {
  /** The names of its file, the usual one first. */
  readonly files: readonly string[];
  /** The package in which Debian has it. */
  readonly debian: string;
}

/** A start that is possible here: flags of the runtime, and variables of the environment. */
export interface PreparedStart {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const { platform, arch } = process;

/** GNU's names of the folders that hold the libraries of one architecture. */
const TRIPLETS: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  ppc64: 'powerpc64le-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
};

/** Makes a start possible on a runtime. @returns one line that says why it is not, if so */
export function prepareStart(
  { nodeFlags = [], preload }: Start,
  runtime: Pick<Runtime, 'kind'>,
): PreparedStart | { readonly missing: string } {
  const [flag] = nodeFlags;
  if (flag !== undefined && runtime.kind !== 'node')
    return { missing: `${runtime.kind} does not know ${flag.split('=')[0]}` };
  if (preload === undefined) return { flags: nodeFlags, env: {} };
  if (platform !== 'linux') return { missing: `a malloc is preloaded on Linux only` };
  const file = findLibrary(preload.files);
  if (file === undefined)
    return {
      missing: `${preload.files[0]} is not installed (Debian: apt install ${preload.debian})`,
    };
  const before = process.env.LD_PRELOAD;
  return { flags: nodeFlags, env: { LD_PRELOAD: before ? `${file}:${before}` : file } };
}

/**
 * Throws unless this process has what it was to be started with. The dynamic linker only warns of a library that it
 * cannot preload, and the trial would measure the usual malloc under another name.
 */
export function checkStarted({ preload }: Start): void {
  if (preload === undefined) return;
  const [file = ''] = (process.env.LD_PRELOAD ?? '').split(':');
  if (file === '' || !readFileSync('/proc/self/maps', 'utf8').includes(file))
    throw new Error(`The system has not preloaded ${file || preload.files[0]}.`);
}

/** Follows links, as the memory map of a process names the file itself. */
function findLibrary(names: readonly string[]): string | undefined {
  const own = (process.env.LD_LIBRARY_PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '');
  const triplet = TRIPLETS[arch] ?? '';
  const usual = ['/usr/local/lib', '/usr/lib', '/lib', '/usr/lib64', '/lib64'];
  const folders = [...own, ...usual.flatMap((folder) => [join(folder, triplet), folder])];
  const file = names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((candidate) => existsSync(candidate));
  return file === undefined ? undefined : realpathSync(file);
}
