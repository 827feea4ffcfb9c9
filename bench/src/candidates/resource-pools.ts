import type { AsyncPool, Candidate, Things } from './candidate.ts';

/** Above what any scenario lends at once: these pools make their users wait for the rest. */
const max = 1000;

/** What all four let idle things live, if not told otherwise. */
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
    // Its evictor is off by default, and looks at three things a run.
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
 * Asynchronous pools of npm, meant for connections, that lend one kind of thing. Where they can, they
 * lend what was given last, as that is the faster way round.
 */
export const resourcePools: readonly Candidate[] = [
  resources('generic-pool', openGenericPool),
  resources('tarn', openTarn),
  resources('sequelize-pool', openSequelizePool),
  resources('lightning-pool', openLightningPool),
];
