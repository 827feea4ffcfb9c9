import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import WebSocket from 'ws';

/** What a page did in a real browser. */
export interface Tab {
  /** Uncaught errors, and what was logged as an error or a warning. */
  readonly complaints: readonly string[];
  /** The addresses of everything that it fetched, itself included. */
  readonly requests: readonly string[];
  /** The width of the screen, and whether the reader prefers dark colours. */
  show(width: number, scheme: 'light' | 'dark'): Promise<void>;
  open(file: string): Promise<void>;
  /** The value of an expression in the page. */
  value<T>(expression: string): Promise<T>;
  /** Prints the page. @returns the PDF */
  print(): Promise<Buffer>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params: Record<string, never>;
  readonly result?: Record<string, never>;
  readonly error?: { readonly message: string };
}

/** Where chromium is, or `undefined`. Missing is an error if `GIVEBACK_REQUIRE_TOOLS=1`. */
export function findChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const files = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = files.find(isProgram);
  if (found === undefined && process.env.GIVEBACK_REQUIRE_TOOLS === '1')
    throw new Error('Expected chromium to be installed, as GIVEBACK_REQUIRE_TOOLS is 1');
  return found;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Opens a tab in a browser of its own, over the DevTools protocol. */
export async function openTab(chromium: string): Promise<Tab> {
  const profile = mkdtempSync(join(tmpdir(), 'giveback-chromium-'));
  const browser = spawn(
    chromium,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--no-first-run',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => browser.once('close', () => resolve()));
  const devtools = await addressOf(browser.stderr);
  const socket = new WebSocket(await pageSocket(devtools));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const tab = new Page(socket);
  await tab.begin();
  const close = async (): Promise<void> => {
    socket.close();
    browser.kill();
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return Object.assign(tab, { close });
}

function addressOf(stderr: NodeJS.ReadableStream): Promise<URL> {
  let heard = '';
  return new Promise((resolve, reject) => {
    stderr.on('data', (chunk) => {
      heard += chunk;
      const [address] = /ws:\/\/\S+/.exec(heard) ?? [];
      if (address !== undefined) resolve(new URL(address));
    });
    stderr.on('end', () => reject(new Error(`chromium ended: ${heard}`)));
  });
}

async function pageSocket({ port }: URL): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/json`);
  const targets = (await answer.json()) as { type: string; webSocketDebuggerUrl: string }[];
  return targets.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '';
}

class Page {
  readonly complaints: string[] = [];
  readonly requests: string[] = [];
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, (message: Message) => void>();
  #last = 0;
  #onLoad = (): void => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#hear(JSON.parse(String(data))));
  }

  async begin(): Promise<void> {
    for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
      await this.#send(`${domain}.enable`);
  }

  async show(width: number, scheme: 'light' | 'dark'): Promise<void> {
    const mobile = width < 500;
    const metrics = { width, height: 900, deviceScaleFactor: 1, mobile };
    await this.#send('Emulation.setDeviceMetricsOverride', metrics);
    const features = [{ name: 'prefers-color-scheme', value: scheme }];
    await this.#send('Emulation.setEmulatedMedia', { features });
  }

  async open(file: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.#onLoad = resolve;
    });
    await this.#send('Page.navigate', { url: pathToFileURL(file).href });
    await loaded;
    // Two frames later everything is laid out and drawn.
    await this.value(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
    );
  }

  async value<T>(expression: string): Promise<T> {
    const answer = await this.#send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    const { result, exceptionDetails } = answer as {
      result: { value: T };
      exceptionDetails?: object;
    };
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  async print(): Promise<Buffer> {
    const { data } = await this.#send('Page.printToPDF', { printBackground: true });
    return Buffer.from(String(data), 'base64');
  }

  #send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    this.#last += 1;
    const id = this.#last;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => {
      this.#pending.set(id, ({ result, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result ?? {}),
      );
    });
  }

  #hear(message: Message): void {
    if (message.id !== undefined) {
      this.#pending.get(message.id)?.(message);
      this.#pending.delete(message.id);
      return;
    }
    const params = message.params as Record<string, Record<string, unknown>>;
    if (message.method === 'Page.loadEventFired') this.#onLoad();
    if (message.method === 'Network.requestWillBeSent')
      this.requests.push(String(params.request?.url));
    if (message.method === 'Runtime.exceptionThrown')
      this.complaints.push(JSON.stringify(params.exceptionDetails));
    if (message.method === 'Log.entryAdded') this.complaints.push(JSON.stringify(params.entry));
    if (message.method === 'Runtime.consoleAPICalled') this.complaints.push(JSON.stringify(params));
  }
}
