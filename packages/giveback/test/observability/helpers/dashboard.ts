// The dashboard that is shipped, as Grafana reads it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the library ships beside its code. */
export function shipped(name: string): string {
  return fileURLToPath(new URL(`../../../../monitoring/${name}`, import.meta.url));
}

export const RULES: string = shipped('giveback.rules.yml');

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly repeat?: string;
  readonly targets: readonly Target[];
  readonly fieldConfig: {
    readonly defaults: { readonly unit: string };
    readonly overrides: readonly { readonly matcher: { readonly options: string } }[];
  };
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
}

export interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

export const dashboard: Dashboard = JSON.parse(
  readFileSync(shipped('giveback.dashboard.json'), 'utf8'),
) as Dashboard;

/** What somebody has chosen in Grafana. All of a variable's values are chosen where it has none here. */
export interface Choice {
  readonly instance?: readonly string[];
  readonly recycler?: readonly string[];
  /** The window of rates, which Grafana makes at least four scrapes long. */
  readonly rateInterval?: string;
  /** The time that is shown. */
  readonly range?: string;
}

/** An expression with its variables replaced as Grafana does. */
export function chosen(expr: string, choice: Choice): string {
  const { instance, recycler, rateInterval = '5s', range = '5m' } = choice;
  return expr
    .replaceAll('$__rate_interval', rateInterval)
    .replaceAll('$__range', range)
    .replaceAll('$instance', oneOf(instance))
    .replaceAll('$recycler', oneOf(recycler));
}

function oneOf(values: readonly string[] | undefined): string {
  if (values === undefined) return '.+';
  // The backslashes once more, as the expression stands in quotes.
  const escaped = values.map((value) => value.replaceAll(/[\\^$*+?.()|[\]{}]/g, '\\\\$&'));
  return escaped.length === 1 ? String(escaped[0]) : `(${escaped.join('|')})`;
}
