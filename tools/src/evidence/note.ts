import type { Evidence } from './item.ts';

/** When, where and by what something was measured, in small print. */
export function noteOf({ name, finishedAt, host }: Evidence): (details?: string) => string {
  const { cpus, cpu, platform, arch } = host;
  const measured = `Measured on ${finishedAt.slice(0, 10)} by \`npm run evidence -- ${name}\`, on ${cpus} × ${cpu}, ${platform} ${arch}.`;
  return (details = '') => `<sub>${measured}${details === '' ? '' : ` ${details}`}</sub>`;
}
