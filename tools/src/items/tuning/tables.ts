import { table } from '../../markdown.ts';
import { frontierOf, meansOf, resultOf } from './frontier.ts';
import type { Growth } from './growing.ts';
import { parametersOf } from './sweep.ts';
import { type MemoryKind, type Row, WORKLOADS } from './trials.ts';

/**
 * A row a tuning. ★ marks the frontier: no other row of the table is both leaner and quicker in the mean;
 * bold is the library's own.
 */
export function tuningTable(memory: MemoryKind, rows: readonly Row[]): string {
  const base = rows.find((row) => row.memory === 'fixed' && row.isDefault) as Row;
  const own = rows.filter((row) => row.memory === memory);
  const means = new Map(own.map((row) => [row, meansOf(row, base)]));
  const of = (row: Row) => means.get(row) as ReturnType<typeof meansOf>;
  const frontier = new Set(
    frontierOf(
      own,
      (row) => of(row).ratio,
      (row) => of(row).p50,
    ),
  );
  const parameters = parametersOf(memory);
  return table(
    [...parameters, ...WORKLOADS, 'mean'],
    own.map((row) => {
      const { ratio, p50, p99 } = of(row);
      const tuning = row.tuning as unknown as Record<string, number>;
      const cells = [
        ...parameters.map((name) => parameter(tuning[name] ?? 0)),
        ...WORKLOADS.map((name) => resultCell(resultOf(row, name))),
        `${ratio.toFixed(2)}, ${p50.toFixed(2)} / ${p99.toFixed(2)}`,
      ];
      const shown = row.isDefault ? cells.map((cell) => `**${cell}**`) : cells;
      return frontier.has(row) ? [`★ ${shown[0]}`, ...shown.slice(1)] : shown;
    }),
    'right',
  );
}

function resultCell({ ratio, p50, p99 }: ReturnType<typeof resultOf>): string {
  return `${ratio.toFixed(2)}, ${milliseconds(p50)} / ${milliseconds(p99)}`;
}

/** Two digits that count. */
function milliseconds(ms: number): string {
  return Number(ms.toPrecision(2)).toString();
}

/** `1/64`, `1.25`, `65,536`. */
function parameter(value: number): string {
  return value > 0 && value < 1 ? `1/${1 / value}` : value.toLocaleString('en');
}

/** What growing costs by steps: a row a length, a column a way. */
export function growthTable(growths: readonly Growth[]): string {
  const ways = [...new Set(growths.map(({ way }) => way))];
  const lengths = [...new Set(growths.map(({ length }) => length))];
  return table(
    ['µs a MiB (most held ÷ length)', ...ways],
    lengths.map((length) => [
      `${length / 1024 ** 2} MiB`,
      ...ways.map((way) => {
        const found = growths.find((each) => each.way === way && each.length === length);
        return found === undefined ? '' : `${found.usPerMiB.toFixed(0)} (${found.held.toFixed(2)})`;
      }),
    ]),
    'right',
  );
}
