import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { root } from '../document.ts';
import type { Evidence } from './item.ts';

/**
 * A folder of evidence: `<name>.json` for each item that has been measured to its end, beside a folder `<name>/` with
 * what belongs to it. What is there is not measured again, so a run that was interrupted goes on where it was.
 */
export class EvidenceFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The folder of that day: `evidence/2026-11-27`. A quick look has one of its own. */
  static ofDay(day: Date, isQuick: boolean): EvidenceFolder {
    const name = day.toISOString().slice(0, 10);
    return new EvidenceFolder(join(root, 'evidence', isQuick ? `${name}-quick` : name));
  }

  /** The last one of all days, without the quick looks. */
  static newest(): EvidenceFolder | undefined {
    const all = join(root, 'evidence');
    if (!existsSync(all)) return undefined;
    const days = readdirSync(all).filter((name) => /^\d{4}-\d\d-\d\d$/.test(name));
    const last = days.sort().at(-1);
    return last === undefined ? undefined : new EvidenceFolder(join(all, last));
  }

  /** Whether that has been measured to its end. */
  has(name: string): boolean {
    return existsSync(this.#file(name));
  }

  /** An empty folder for what belongs to an item. */
  begin(name: string): string {
    const folder = this.folderOf(name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  folderOf(name: string): string {
    return join(this.path, name);
  }

  /** All or nothing: a file that is there is whole. */
  save(evidence: Evidence): void {
    const unfinished = `${this.#file(evidence.name)}.unfinished`;
    writeFileSync(unfinished, `${JSON.stringify(evidence)}\n`);
    renameSync(unfinished, this.#file(evidence.name));
  }

  read(name: string): Evidence {
    const evidence = JSON.parse(readFileSync(this.#file(name), 'utf8')) as Evidence;
    if (evidence.format === 'giveback-evidence' && evidence.version === 1) return evidence;
    throw new Error(
      `Expected ${this.#file(name)} to be evidence of version 1, got ${evidence.format} of version ${evidence.version}.`,
    );
  }

  #file(name: string): string {
    return join(this.path, `${name}.json`);
  }
}
