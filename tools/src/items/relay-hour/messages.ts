// What the processes of `npm run evidence -- relay-hour` tell each other.

/** Uploads at a time. Each fills a part while it comes. */
export const UPLOADS = 50;
export const PART = 8 * 1024 * 1024;
/** Parts of an upload. */
export const PARTS = 8;
/** Bytes a second of each upload. */
export const PACE = 1024 * 1024;

/** The parts are recycled, or allocated and dropped. */
export type Way = 'recycled' | 'allocated';

/** To the other end: what relays, and for how long to upload to it. */
export interface Start {
  readonly relayPort: number;
  readonly seconds: number;
}

/** From the other end, when all is uploaded. */
export interface Uploaded {
  readonly uploads: number;
  readonly bytes: number;
  /** Uploads whose bytes arrived as something else, or not at all. */
  readonly wrong: number;
}

/** From the relay, every ten seconds. Bytes but for the first. */
export interface Sample {
  readonly second: number;
  readonly resident: number;
  readonly lent: number;
  readonly idle: number;
}
