// Three instances of the example's service under random traffic, and a Prometheus that scrapes them.
import { setTimeout as sleep } from 'node:timers/promises';
import { RULES } from './dashboard.ts';
import { Instance } from './instance.ts';
import { PrometheusServer } from './prometheus-server.ts';
import { type Load, Traffic } from './traffic.ts';

export interface Production {
  readonly instances: readonly Instance[];
  readonly prometheus: PrometheusServer;
  /** Uploads to an instance until the traffic or the production is stopped. */
  use(instance: Instance, load: Load): Traffic;
  stop(): Promise<void>;
}

/** Starts them; the uploads of each may hold so many bytes together. */
export async function startProduction(maxBytes: number): Promise<Production> {
  const instances = await Promise.all([1, 2, 3].map(() => Instance.start(maxBytes)));
  const addresses = instances.map(({ address }) => address);
  const stopAll = () => Promise.all(instances.map((instance) => instance.stop()));
  const prometheus = await PrometheusServer.start(addresses, RULES).catch(async (error) => {
    await stopAll();
    throw error;
  });
  const traffics: Traffic[] = [];
  return {
    instances,
    prometheus,
    use(instance, load) {
      const traffic = new Traffic(instance.address, load, traffics.length);
      traffics.push(traffic);
      return traffic;
    },
    async stop() {
      await Promise.all(traffics.map((traffic) => traffic.stop()));
      await stopAll();
      await prometheus.stop();
    },
  };
}

/** Waits for so many more scrapes of an instance, until Prometheus has stored the last one. */
export async function scrapes(instance: Instance, count: number): Promise<void> {
  const wanted = instance.scrapes.length + count;
  await instance.reports(() => instance.scrapes.length >= wanted);
  await sleep(500);
}
