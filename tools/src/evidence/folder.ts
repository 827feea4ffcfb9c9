import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { root } from '../document.ts';
import type { Evidence } from './item.ts';

/** Says that a folder is one of evidence, also before the first item has been measured to its end. */
const MARK = '.giveback-evidence';

/** What whoever called has to change. */
export class UsageError extends Error {}

/**
 * A folder of evidence: `<name>.json` for each item that has been measured to its end, beside a folder `<name>/` with
 * what belongs to it. What is there is not measured again, so a run that was interrupted goes on where it was.
 */
export class EvidenceFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * A folder that somebody has named: a new or empty one, or one of evidence. In any other one, what is named as an
   * item is would be lost.
   *
   * @throws UsageError
   */
  static at(path: string): EvidenceFolder {
    const folder = new EvidenceFolder(path);
    const names = folder.#names();
    if (names === undefined)
      throw new UsageError(`Expected --out to be a folder, got the file ${path}.`);
    if (
      names.length > 0 &&
      !names.includes(MARK) &&
      !names.some((name) => folder.#isEvidence(name))
    )
      throw new UsageError(`Expected --out to be new, empty or evidence, got ${path}.`);
    return folder;
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

  /** Whether that has been measured to its end. What cannot be read has not. */
  has(name: string): boolean {
    return this.#isEvidence(`${name}.json`);
  }

  /** Whether that is still to be measured. A quick look is no measurement, but a measurement will do for a quick look. */
  lacks(name: string, isQuick: boolean): boolean {
    return !this.has(name) || (this.read(name).isQuick && !isQuick);
  }

  /** An empty folder for what belongs to an item. */
  begin(name: string): string {
    const folder = this.folderOf(name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(this.path, MARK), '');
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

  /** @throws UsageError if it cannot be read, or is none of this version. */
  read(name: string): Evidence {
    const file = this.#file(name);
    let evidence: Partial<Evidence> | null;
    try {
      evidence = JSON.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      throw new UsageError(`Cannot read ${file}: ${(error as Error).message}.`);
    }
    if (evidence?.format === 'giveback-evidence' && evidence.version === 1)
      return evidence as Evidence;
    throw new UsageError(
      `Expected ${file} to be evidence of version 1, got ${evidence?.format} of version ${evidence?.version}.`,
    );
  }

  /** Undefined for a file. */
  #names(): string[] | undefined {
    if (!existsSync(this.path)) return [];
    return statSync(this.path).isDirectory() ? readdirSync(this.path) : undefined;
  }

  #isEvidence(fileName: string): boolean {
    if (!fileName.endsWith('.json')) return false;
    try {
      this.read(fileName.slice(0, -'.json'.length));
      return true;
    } catch {
      return false;
    }
  }

  #file(name: string): string {
    return join(this.path, `${name}.json`);
  }
}
