import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

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

/** Windows' numbers of keys, by which Chromium finds what a key does. */
const KEY_CODES: Readonly<Record<string, number>> = {
  Tab: 9,
  Enter: 13,
  Escape: 27,
  ' ': 32,
  PageUp: 33,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
};

export interface Screen {
  readonly width: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly print?: boolean;
  readonly reducedMotion?: boolean;
}

/** What the events say that are listened to. */
interface Params {
  readonly type?: string;
  readonly args?: readonly unknown[];
  readonly exceptionDetails?: { text: string; exception?: { description?: string } };
  readonly entry?: { level: string; text: string };
  readonly request?: { url: string };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Params;
  readonly result?: never;
  readonly error?: { readonly message: string };
}

interface AccessibleNode {
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly properties?: readonly {
    readonly name: string;
    readonly value: { readonly value: unknown };
  }[];
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
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const socket = new WebSocket(await addressOf(child));
  await once(socket, 'open');
  return new Browser(socket, close);
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error('The browser has no stderr');
  const printed: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address) {
      // What it prints later must not fill the pipe.
      child.stderr.resume();
      return address;
    }
    printed.push(line);
  }
  throw new Error(`The browser ended: ${printed.join('\n')}`);
}

type Listener = (method: string, params: Params) => void;

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
      this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
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

export class Page {
  /** What the page complained about: errors thrown, and errors and warnings in the console. */
  readonly complaints: string[] = [];
  /** What it asked for besides itself. */
  readonly requests: string[] = [];
  readonly #send: <T>(method: string, params?: object) => Promise<T>;
  readonly #url: string;
  #loaded: () => void = () => {};

  constructor(send: <T>(method: string, params?: object) => Promise<T>, url: string) {
    this.#send = send;
    this.#url = url;
  }

  hear(method: string, params: Params): void {
    if (method === 'Page.loadEventFired') this.#loaded();
    if (method === 'Runtime.exceptionThrown') {
      const details = params.exceptionDetails;
      this.complaints.push(details?.exception?.description ?? details?.text ?? method);
    }
    if (params.entry && /error|warning/.test(params.entry.level)) {
      this.complaints.push(params.entry.text);
    }
    if (method === 'Runtime.consoleAPICalled' && /error|warning|assert/.test(params.type ?? '')) {
      this.complaints.push(JSON.stringify(params.args));
    }
    const url = method === 'Network.requestWillBeSent' ? params.request?.url : undefined;
    if (url !== undefined && url !== this.#url && url !== 'data:,') this.requests.push(url);
  }

  /** Loads the page again, and resolves when it has drawn. */
  async load(): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    await this.#send('Page.navigate', { url: this.#url });
    await loaded;
    await this.drawn();
  }

  /** Milliseconds that its main thread has worked so far. Time that other processes took is not in it. */
  async workedMs(): Promise<number> {
    await this.#send('Performance.enable', { timeDomain: 'threadTicks' });
    const { metrics } = await this.#send<{ metrics: { name: string; value: number }[] }>(
      'Performance.getMetrics',
    );
    return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
  }

  /** Two frames: what was changed before has been drawn. */
  async drawn(): Promise<void> {
    await this.evaluate(
      'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
    );
  }

  async show({ width, height = 900, dark, print, reducedMotion }: Screen): Promise<void> {
    await this.#send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 500,
    });
    await this.#send('Emulation.setEmulatedMedia', {
      media: print ? 'print' : 'screen',
      features: [
        { name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' },
        { name: 'prefers-reduced-motion', value: reducedMotion ? 'reduce' : 'no-preference' },
      ],
    });
  }

  /** The value of an expression in the page; a promise is awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send<{
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string } };
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  }

  /** What a screen reader gets to know. */
  async accessibility(): Promise<{ role: string; name: string; focusable: boolean }[]> {
    const { nodes } = await this.#send<{ nodes: AccessibleNode[] }>('Accessibility.getFullAXTree');
    return nodes.map(({ role, name, properties = [] }) => ({
      role: role?.value ?? '',
      name: name?.value ?? '',
      focusable: properties.some(
        ({ name: key, value }) => key === 'focusable' && value.value === true,
      ),
    }));
  }

  /** Presses a key as a user does, with what the browser itself does then. */
  async press(key: string, times = 1): Promise<void> {
    const windowsVirtualKeyCode = KEY_CODES[key] ?? key.toUpperCase().charCodeAt(0);
    const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined;
    for (let time = 0; time < times; time++) {
      const event = { key, code: key, windowsVirtualKeyCode };
      await this.#send('Input.dispatchKeyEvent', {
        type: text ? 'keyDown' : 'rawKeyDown',
        ...event,
        ...(text && { text }),
      });
      await this.#send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    }
    await this.drawn();
  }

  async type(text: string): Promise<void> {
    for (const character of text) await this.press(character);
  }

  /** Drags the mouse from one place to another; the same place is a click. */
  async drag(from: { x: number; y: number }, to: { x: number; y: number } = from): Promise<void> {
    const mouse = (type: string, { x, y }: { x: number; y: number }, buttons: number) =>
      this.#send('Input.dispatchMouseEvent', {
        type,
        x,
        y,
        button: 'left',
        buttons,
        clickCount: 1,
      });
    await mouse('mouseMoved', from, 0);
    await mouse('mousePressed', from, 1);
    if (to !== from) {
      await mouse('mouseMoved', { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }, 1);
      await mouse('mouseMoved', to, 1);
    }
    await mouse('mouseReleased', to, 0);
    await this.drawn();
  }

  async screenshot(viewport = false): Promise<Buffer> {
    const { data } = await this.#send<{ data: string }>('Page.captureScreenshot', {
      captureBeyondViewport: !viewport,
    });
    return Buffer.from(data, 'base64');
  }

  /** The page as it is printed on A4. */
  async pdf(): Promise<Buffer> {
    await this.#send('Emulation.setEmulatedMedia', { media: '' });
    const { data } = await this.#send<{ data: string }>('Page.printToPDF', {
      paperWidth: 8.27,
      paperHeight: 11.69,
      printBackground: false,
    });
    return Buffer.from(data, 'base64');
  }
}
