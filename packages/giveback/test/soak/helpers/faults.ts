const NOTES = 50;

/** What must not happen, counted; the first ones in words. */
export class Faults {
  readonly counts = { wrongBytes: 0, dirtyBytes: 0, violations: 0, unexpected: 0 };
  readonly notes: string[] = [];

  count(kind: keyof Faults['counts'], number: number, note: string): void {
    if (number === 0) return;
    this.counts[kind] += number;
    if (this.notes.length < NOTES) this.notes.push(`${kind} ${number}: ${note}`);
  }

  /** Something was thrown that nothing that was done explains. */
  unexpected(where: string, error: unknown): void {
    const { stack = String(error), code } = error as { stack?: string; code?: string };
    this.count('unexpected', 1, `${where}: ${code} ${stack}`);
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }
}

export function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: string };
  return typeof code === 'string' ? code : (name ?? String(error));
}
