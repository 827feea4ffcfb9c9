import { RECYCLER } from './families.ts';
import type { Value } from './wait-histogram.ts';

/** The label of a recycler. Always the same object, because prom-client 15 remembers how it is written. */
const labelOf = new Map<string, Record<string, string>>();

function labelsOf(recycler: string): Record<string, string> {
  let labels = labelOf.get(recycler);
  if (labels !== undefined) return labels;
  if (labelOf.size > MOST_LABELS) labelOf.clear();
  labels = { [RECYCLER.prometheus]: recycler };
  labelOf.set(recycler, labels);
  return labels;
}

const MOST_LABELS = 5000;

/**
 * A metric as prom-client asks for it. It stores nothing: each scrape reads the recyclers. So it needs none of
 * prom-client's classes, and whichever copy the registry comes from will do.
 */
export class CollectedMetric {
  /** prom-client cuts off `_total` in its OpenMetrics format. */
  name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly aggregator = 'sum';
  readonly labelNames: readonly string[];
  readonly #values: () => Value[];
  readonly #reset: () => void;

  constructor(
    {
      name,
      help,
      type,
      labelNames,
    }: Pick<CollectedMetric, 'name' | 'help' | 'type' | 'labelNames'>,
    values: () => Value[],
    reset: () => void = () => {},
  ) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.labelNames = labelNames;
    this.#values = values;
    this.#reset = reset;
  }

  async get(): Promise<object> {
    const values = this.#values().map(({ recycler, labels, ...value }) => ({
      ...value,
      labels: recycler === undefined ? { ...labels } : { ...labelsOf(recycler), ...labels },
    }));
    return this.#describe(values);
  }

  /** What prom-client 15 writes as text, with labels that several values share. */
  async getForPromString(): Promise<object> {
    const values = this.#values().map(({ recycler, ...value }) =>
      recycler === undefined ? value : { ...value, sharedLabels: labelsOf(recycler) },
    );
    return this.#describe(values);
  }

  #describe(values: readonly object[]): object {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values };
  }

  /** What recyclers have counted stays. */
  reset(): void {
    this.#reset();
  }
}
