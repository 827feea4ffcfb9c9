import { join } from 'node:path';
import type { TraceHead, TraceLine } from '../../trace-format.ts';
import { now, openSync, writeSync } from './captured.cts';
import type { OwnTime } from './own-time.cts';

const LARGE = 16_384;
/** Lines wait this long at most while something happens, as a timer does not fire in a busy loop. */
const STALE_MS = 20;

/** Lines on their way into the file of this thread. What cannot be written is lost: the program goes on. */
export class Writer {
  readonly #fd: number;
  readonly #ownTime: OwnTime;
  #text = '';
  #flushed = 0;
  #isBroken = false;

  /** @throws if the folder cannot be written to. */
  constructor(folder: string, name: string, ownTime: OwnTime) {
    this.#fd = openNew(join(folder, name));
    this.#ownTime = ownTime;
  }

  write(line: TraceLine | TraceHead): void {
    this.writeText(JSON.stringify(line));
  }

  /** A line that is JSON already. */
  writeText(line: string): void {
    this.#text += `${line}\n`;
    if (this.#text.length > LARGE || now() - this.#flushed > STALE_MS) this.flush();
  }

  flush(): void {
    const start = now();
    this.#flushed = start;
    if (this.#text === '' || this.#isBroken) return;
    const text = this.#text;
    this.#text = '';
    try {
      writeSync(this.#fd, text);
    } catch {
      this.#isBroken = true;
    }
    this.#ownTime.add(now() - start);
  }
}

/** After `execve`, a process with the same number and threads writes a second file. */
function openNew(path: string): number {
  for (let attempt = 1; ; attempt++)
    try {
      return openSync(attempt === 1 ? `${path}.ndjson` : `${path}-${attempt}.ndjson`, 'ax');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 100) throw error;
    }
}
