import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { candidates } from '../candidates/all.ts';

/** The installed versions of giveback and of all candidates' packages. */
export function installedVersions(): Record<string, string> {
  const names = new Set(['giveback', ...candidates.flatMap(({ npm }) => npm ?? [])]);
  return Object.fromEntries([...names].map((name) => [name, versionOf(name)]));
}

/** Reads the file, as most packages do not export their package.json. */
function versionOf(name: string): string {
  for (const up of ['../../../', '../../../../']) {
    const url = new URL(`${up}node_modules/${name}/package.json`, import.meta.url);
    if (existsSync(url)) return JSON.parse(readFileSync(fileURLToPath(url), 'utf8')).version;
  }
  return 'unknown';
}
