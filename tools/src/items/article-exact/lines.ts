/** The article's lines by column. */
export type Lines = Readonly<Record<string, readonly number[]>>;

export function linesOf(csv: string): Lines {
  const [head = '', ...rows] = csv.trim().split('\n');
  const cells = rows.map((row) => row.split(',').map(Number));
  return Object.fromEntries(
    head.split(',').map((name, column) => [name, cells.map((row) => row[column] ?? 0)]),
  );
}

/** What came of one program, for a table. */
export function figuresOf(csv: string): Figures {
  const { HeapSys = [], bytes = [], makes = [], frees = [] } = linesOf(csv);
  const [held, live] = [Math.max(...HeapSys), Math.max(...bytes)];
  return {
    held: megabytes(held),
    live: megabytes(live),
    ratio: `${(held / live).toFixed(2)}×`,
    makes: String(makes.at(-1)),
    frees: String(frees.at(-1)),
  };
}

interface Figures {
  readonly held: string;
  readonly live: string;
  readonly ratio: string;
  readonly makes: string;
  readonly frees: string;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
