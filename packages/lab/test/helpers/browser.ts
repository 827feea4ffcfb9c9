import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { type EventParams, Page, type Screen } from './browser-page.ts';

// Pages in a real browser, driven through Chromium's DevTools protocol.

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-gpu',
  '--no-first-run',
  '--hide-scrollbars',
  '--remote-debugging-port=0',
];

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: EventParams;
  readonly result?: never;
  readonly error?: { readonly message: string };
}

/** Why there is no browser, or undefined if there is one. With GIVEBACK_REQUIRE_TOOLS=1 a missing one is an error. */
export function browserMissing(): string | undefined {
  if (findBrowser()) return undefined;
  if (process.env.GIVEBACK_REQUIRE_TOOLS === '1') return undefined;
  return `none of ${NAMES.join(', ')} is installed`;
}

function findBrowser(): string | undefined {
  return NAMES.find((name) => spawnSync(name, ['--version']).status === 0);
}

/** Starts a browser, with a profile of its own. Whoever opens it closes it. */
export async function openBrowser(): Promise<Browser> {
  const name = findBrowser();
  if (!name) throw new Error(`Expected one of ${NAMES.join(', ')} to be installed`);
  const folder = mkdtempSync(join(tmpdir(), 'giveback-browser-'));
  const child = spawn(name, [...FLAGS, `--user-data-dir=${folder}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = (): boolean => child.kill();
  process.once('exit', kill);
  const socket = new WebSocket(await addressOf(child));
  // What it prints later must not fill the pipe.
  child.stderr.resume();
  await once(socket, 'open');
  return new Browser(socket, async () => {
    process.off('exit', kill);
    if (child.exitCode === null && kill()) await once(child, 'exit');
    // Its children may write for a moment after it has ended.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error('The browser has no stderr');
  const printed: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address) return address;
    printed.push(line);
  }
  throw new Error(`The browser ended: ${printed.join('\n')}`);
}

type Listener = (method: string, params: EventParams) => void;

export class Browser {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #listeners = new Map<string, Listener>();
  #sent = 0;

  /** Ends it. */
  readonly close: () => Promise<void>;

  constructor(socket: WebSocket, close: () => Promise<void>) {
    this.#socket = socket;
    this.close = close;
    socket.on('close', () => {
      for (const answer of this.#waiting.values())
        answer({ error: { message: 'the browser ended' } });
    });
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
      else if (message.method) {
        this.#listeners.get(message.sessionId ?? '')?.(message.method, message.params ?? {});
      }
    });
  }

  async send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = ++this.#sent;
    const answer = await new Promise<Message>((resolve) => {
      this.#waiting.set(id, resolve);
      const text = JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) });
      this.#socket.send(text, (error) => {
        if (error) resolve({ error });
      });
    });
    this.#waiting.delete(id);
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result as T;
  }

  /** Opens a page, and resolves when it has loaded and drawn. */
  async open(url: string, screen: Screen): Promise<Page> {
    const { targetId } = await this.send<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
    });
    const { sessionId } = await this.send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    const page = new Page((method, params) => this.send(method, params, sessionId), url);
    this.#listeners.set(sessionId, (method, params) => page.hear(method, params));
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) {
      await this.send(`${domain}.enable`, {}, sessionId);
    }
    await page.show(screen);
    await page.load();
    return page;
  }
}
