import { type LabelSet, labelsOf } from './labels.ts';

/** One number of a metric, as prom-client's `get()` returns it. */
interface Value {
  readonly value: number;
  readonly labels: LabelSet;
  readonly metricName?: string;
}

/** Takes one number of a metric. A part of a histogram has the name of that part. */
export type Add = (
  recycler: string | undefined,
  value: number,
  labels: LabelSet,
  metricName?: string,
) => void;

/**
 * A metric as prom-client asks for it. It stores nothing: each scrape reads the recyclers. So it needs none of
 * prom-client's classes, and whichever copy the registry comes from will do.
 */
export class CollectedMetric {
  readonly #name: string;
  /** As prom-client 15 wants it in the text that it asks for next. */
  #nameInText: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** How prom-client's `AggregatorRegistry` makes one number of those of several processes. */
  readonly aggregator: 'sum' | 'max';
  readonly labelNames: readonly string[];
  readonly #addAll: (add: Add) => void;
  readonly #reset: () => void;

  constructor(
    {
      name,
      help,
      type,
      labelNames,
      aggregator = 'sum',
    }: Pick<CollectedMetric, 'name' | 'help' | 'type' | 'labelNames'> &
      Partial<Pick<CollectedMetric, 'aggregator'>>,
    addAll: (add: Add) => void,
    reset: () => void = () => {},
  ) {
    this.#name = name;
    this.#nameInText = name;
    this.help = help;
    this.type = type;
    this.labelNames = labelNames;
    this.aggregator = aggregator;
    this.#addAll = addAll;
    this.#reset = reset;
  }

  get name(): string {
    return this.#name;
  }

  /** prom-client 15 cuts off `_total` for each text in its OpenMetrics format; in the other one it would miss it. */
  set name(inText: string) {
    this.#nameInText = inText;
  }

  async get(): Promise<object> {
    const values: Value[] = [];
    this.#addAll((recycler, value, own, metricName) => {
      const labels = labelsOf(recycler, own);
      values.push(metricName === undefined ? { value, labels } : { value, labels, metricName });
    });
    return this.#describe(this.#name, values);
  }

  /** For the text of prom-client 15, which remembers how `sharedLabels` are written: so all labels are. */
  async getForPromString(): Promise<object> {
    const values: (Omit<Value, 'labels'> & { readonly sharedLabels: LabelSet })[] = [];
    this.#addAll((recycler, value, own, metricName) => {
      const sharedLabels = labelsOf(recycler, own);
      values.push(
        metricName === undefined ? { value, sharedLabels } : { value, sharedLabels, metricName },
      );
    });
    const nameInText = this.#nameInText;
    this.#nameInText = this.#name;
    return this.#describe(nameInText, values);
  }

  #describe(name: string, values: readonly object[]): object {
    const { help, type, aggregator } = this;
    return { name, help, type, aggregator, values };
  }

  /** What recyclers have counted stays. */
  reset(): void {
    this.#reset();
  }
}
