// A real Prometheus on loopback, which scrapes and evaluates rules each second.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** One time series of an answer. */
export interface Series {
  /** Its labels, and its name as `__name__` if it has one. */
  readonly metric: Readonly<Record<string, string>>;
  /** Unix seconds and values, the oldest first. */
  readonly samples: readonly (readonly [time: number, value: number])[];
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

interface Result {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly values?: [number, string][];
}

const READY_WITHIN = 60_000;

export class PrometheusServer {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #url: string;
  #failure: Error | undefined;

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#process = child;
    this.#folder = folder;
    this.#url = url;
    child.once('error', (error) => {
      this.#failure = error;
    });
    process.once('exit', () => child.kill('SIGKILL'));
  }

  /** Starts one that scrapes `targets` (`host:port` each) and evaluates the rules of a file. */
  static async start(targets: readonly string[], rules: string): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'giveback-prometheus-'));
    const file = join(folder, 'prometheus.json');
    // All JSON is YAML.
    writeFileSync(
      file,
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
        rule_files: [rules],
        scrape_configs: [{ job_name: 'service', static_configs: [{ targets }] }],
      }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const server = new PrometheusServer(child, folder, `http://${address}`);
    await server.#untilReady();
    return server;
  }

  async stop(): Promise<void> {
    if (this.#isRunning) {
      const exit = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await exit;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** What an expression is now, or was at a time in Unix seconds. A range as `x[5m]` gives all samples as stored. */
  async query(query: string, time?: number): Promise<Series[]> {
    return this.#series('query', { query, ...(time === undefined ? {} : { time: `${time}` }) });
  }

  /** What an expression was at each step, in seconds, between two times in Unix seconds. */
  async queryRange(query: string, start: number, end: number, step = 1): Promise<Series[]> {
    return this.#series('query_range', {
      query,
      start: `${start}`,
      end: `${end}`,
      step: `${step}`,
    });
  }

  /** The values of a label among the series that a selector finds. */
  async labelValues(label: string, selector: string): Promise<string[]> {
    return (await this.#ask(`label/${label}/values`, { 'match[]': selector })) as string[];
  }

  async alerts(): Promise<Alert[]> {
    const { alerts } = (await this.#ask('alerts', {})) as { alerts: Alert[] };
    return alerts;
  }

  async #series(path: string, parameters: Record<string, string>): Promise<Series[]> {
    const { result } = (await this.#ask(path, parameters)) as { result: Result[] };
    return result.map(({ metric, value, values = value ? [value] : [] }) => ({
      metric,
      samples: values.map(([time, text]) => [time, toNumber(text)] as const),
    }));
  }

  async #ask(path: string, parameters: Record<string, string>): Promise<unknown> {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = (await response.json()) as Record<string, unknown>;
    if (status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  get #isRunning(): boolean {
    return this.#failure === undefined && this.#process.exitCode === null;
  }

  async #untilReady(): Promise<void> {
    const before = performance.now();
    for (;;) {
      const response = await fetch(`${this.#url}/-/ready`).catch(() => undefined);
      if (response?.ok) return;
      if (!this.#isRunning || performance.now() - before > READY_WITHIN) {
        await this.stop();
        throw new Error('Expected Prometheus to start.', { cause: this.#failure });
      }
      await sleep(50);
    }
  }
}

/** Prometheus writes infinities as `+Inf` and `-Inf`. */
function toNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
