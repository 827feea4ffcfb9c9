// A page in a real browser: what a test does with it, and what it hears from it.

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

/** Pixels of a phone, a tablet and a window, in which every page is looked at. */
export const WIDTHS = [390, 800, 1_300];

export interface Screen {
  readonly width: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly print?: boolean;
  readonly reducedMotion?: boolean;
}

/** What the events say that are listened to. */
export interface EventParams {
  readonly type?: string;
  readonly args?: readonly unknown[];
  readonly exceptionDetails?: { text: string; exception?: { description?: string } };
  readonly entry?: { level: string; text: string };
  readonly request?: { url: string };
}

interface AccessibleNode {
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly properties?: readonly {
    readonly name: string;
    readonly value: { readonly value: unknown };
  }[];
}

export class Page {
  /** What the page complained about: errors thrown, and errors and warnings in the console. */
  readonly complaints: string[] = [];
  /** What it asked for besides itself. */
  readonly requests: string[] = [];
  readonly #send: <T>(method: string, params?: object) => Promise<T>;
  #url: string;
  #loaded: () => void = () => {};

  constructor(send: <T>(method: string, params?: object) => Promise<T>, url: string) {
    this.#send = send;
    this.#url = url;
  }

  hear(method: string, params: EventParams): void {
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

  /** Loads the page again, or another one, and resolves when it has drawn. */
  async load(url: string = this.#url): Promise<void> {
    this.#url = url;
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

  /** Resolves when an expression in the page has become true, and throws when it has not within a minute. */
  async until(expression: string): Promise<void> {
    await this.evaluate(`new Promise((done, failed) => {
      const from = performance.now();
      const look = () => {
        if (${expression}) done();
        else if (performance.now() - from > 60_000) failed(new Error('Not so after a minute.'));
        else requestAnimationFrame(look);
      };
      look();
    })`);
  }

  async show({ width, height = 900, dark, print, reducedMotion }: Screen): Promise<void> {
    await this.#send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 500,
    });
    await this.#send('Emulation.setEmulatedMedia', {
      media: print ? 'print' : '',
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
    const { data } = await this.#send<{ data: string }>('Page.printToPDF', {
      paperWidth: 8.27,
      paperHeight: 11.69,
      printBackground: false,
    });
    return Buffer.from(data, 'base64');
  }
}
