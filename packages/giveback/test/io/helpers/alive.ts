import { after } from 'node:test';

/**
 * Keeps the process alive until the tests of the file are over: what they wait for, signals that time
 * out and recyclers that time out, never does.
 */
export function stayAlive(): void {
  const timer = setInterval(() => {}, 10_000);
  after(() => clearInterval(timer));
}
