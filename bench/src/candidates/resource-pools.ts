import type { AsyncPool, Candidate, Things } from './candidate.ts';

/** More than any scenario lends at once. With fewer these pools would make their users wait. */
const max = 1000;

/** Milliseconds for which all four keep idle objects by default. */
const DEFAULT = 30_000;

async function openGenericPool<T extends object>({
  make,
  idleTimeout = DEFAULT,
}: Things<T>): Promise<AsyncPool<T>> {
  const { createPool } = await import('generic-pool');
  const factory = { create: async () => make(), destroy: async () => {} };
  const pool = createPool<T>(factory, {
    max,
    fifo: false,
    // Its evictor is off by default, and checks three objects a run.
    evictionRunIntervalMillis: 1000,
    numTestsPerEvictionRun: max,
    idleTimeoutMillis: idleTimeout,
  });
  return {
    isAsync: true,
    get: () => pool.acquire() as Promise<T>,
    give: (thing) => pool.release(thing),
  };
}

async function openTarn<T extends object>({
  make,
  idleTimeout = DEFAULT,
}: Things<T>): Promise<AsyncPool<T>> {
  const { Pool } = await import('tarn');
  const pool = new Pool<T>({
    create: async () => make(),
    destroy: () => {},
    min: 0,
    max,
    idleTimeoutMillis: idleTimeout,
  });
  return { isAsync: true, get: () => pool.acquire().promise, give: (thing) => pool.release(thing) };
}

async function openSequelizePool<T extends object>({
  make,
  idleTimeout = DEFAULT,
}: Things<T>): Promise<AsyncPool<T>> {
  const { Pool } = await import('sequelize-pool');
  const pool = new Pool<T>({
    name: 'bench',
    create: async () => make(),
    destroy: () => {},
    validate: () => true,
    min: 0,
    max,
    idleTimeoutMillis: idleTimeout,
  });
  return { isAsync: true, get: () => pool.acquire(), give: (thing) => pool.release(thing) };
}

async function openLightningPool<T extends object>({
  make,
  idleTimeout = DEFAULT,
}: Things<T>): Promise<AsyncPool<T>> {
  const { Pool } = await import('lightning-pool');
  const factory = { create: () => make(), destroy: () => {} };
  const pool = new Pool<T>(factory, { max, fifo: false, idleTimeoutMillis: idleTimeout });
  pool.start();
  return { isAsync: true, get: () => pool.acquire(), give: (thing) => pool.release(thing) };
}

function resources(name: string, things: Exclude<Candidate['things'], undefined>): Candidate {
  return { name, kind: 'peer', lends: 'store', npm: name, isAsync: true, things };
}

/**
 * Asynchronous pools from npm, made for connections, that lend one kind of object. Those that can lend the last given
 * object first, as that is faster.
 */
export const resourcePools: readonly Candidate[] = [
  resources('generic-pool', openGenericPool),
  resources('tarn', openTarn),
  resources('sequelize-pool', openSequelizePool),
  resources('lightning-pool', openLightningPool),
];
