import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BufferRecycler, type BufferRecyclerStats } from '../../../../src/index.ts';
import { SharedBufferRecycler } from '../../../../src/threads/index.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** What a server is told when it starts. */
export interface Config {
  readonly kind: 'fixed' | 'elastic' | 'shared';
  /** Whether bodies often have to wait for room, or find none. */
  readonly isTight: boolean;
  /** The largest body it takes. */
  readonly limit: number;
  /** How long a body waits for room, in ms. */
  readonly timeout: number;
}

/** What it tells. */
export interface Report {
  readonly stats: Stats;
  /** Whole bodies, by handler, and those that were not what their client sent. */
  readonly bodies: Readonly<Record<string, number>>;
  readonly wrong: number;
  /** Requests in work. */
  readonly open: number;
  /** Lent bodies whose client went before it was answered: these may be discarded. */
  readonly abandoned: number;
  /** Lent bodies whose bytes a handler transferred away: these must be discarded. */
  readonly transferred: number;
  readonly rss: number;
  readonly arrayBuffers: number;
}

/** What the statistics of all recyclers have. */
export type Stats = Pick<BufferRecyclerStats, 'lent' | 'waiting' | 'discards'> & {
  readonly leaks?: number;
};

export function make({ kind, isTight }: Config): BufferRecycler | SharedBufferRecycler {
  if (kind !== 'shared') {
    const maxBytes = isTight ? 6 * MiB : Infinity;
    return new BufferRecycler({
      memory: kind,
      maxBytes,
      maxIdleBytes: 16 * MiB,
      idleTimeout: 1000,
    });
  }
  const sizeClass = (blockSize: number, blocks: number) => ({ blockSize, blocks });
  return new SharedBufferRecycler({
    sizeClasses: isTight
      ? [sizeClass(64 * KiB, 40), sizeClass(512 * KiB, 4), sizeClass(4 * MiB, 2)]
      : [sizeClass(64 * KiB, 2048), sizeClass(512 * KiB, 128), sizeClass(4 * MiB, 64)],
  });
}

/** A server in a process of its own. */
export class AbusedServer {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  static async start(config: Config): Promise<AbusedServer> {
    const file = fileURLToPath(new URL('./server.js', import.meta.url));
    const child = fork(file, [JSON.stringify(config)], { execArgv: ['--expose-gc'] });
    return new AbusedServer(child, (await messageOf(child)) as number);
  }

  async report(): Promise<Report> {
    this.#process.send('report');
    return (await messageOf(this.#process)) as Report;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.disconnect();
    await once(this.#process, 'exit');
  }
}

/** Its next. @throws (rejects) where the process has crashed. */
async function messageOf(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  const exit = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`Expected the server to live, got exit code ${code}.`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), exit]);
    return message;
  } finally {
    exit.catch(() => {});
    over.abort();
  }
}
