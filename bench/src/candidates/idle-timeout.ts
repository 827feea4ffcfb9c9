/**
 * What every candidate that lets idle things go after a while is told, in milliseconds, so that
 * memory in silence compares. Their own defaults are 30 s, giveback's is 60 s.
 */
export const IDLE_TIMEOUT = 10_000;
