import { textOf } from '../../core/platform.ts';

/** Where to read the two versions of Linux's control groups. */
const VERSIONS = [
  {
    // 0::/path
    line: /^0::(\/.*)$/m,
    root: '/sys/fs/cgroup',
    limit: 'memory.max',
    cache: /^(?:in)?active_file (\d+)$/gm,
  },
  {
    // 4:memory:/path
    line: /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m,
    root: '/sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    cache: /^total_(?:in)?active_file (\d+)$/gm,
  },
];

/**
 * Bytes of the page cache in the control group with that limit. The kernel counts them as used, but takes
 * them back when it needs them. 0 if there is no such group, or it cannot be read.
 *
 * @param read reads a file, or returns undefined.
 */
export function pageCacheUnder(
  limit: number,
  read: (path: string) => string | undefined = textOf,
): number {
  const groups = read('/proc/self/cgroup') ?? '';
  for (const version of VERSIONS) {
    const path = version.line.exec(groups)?.[1];
    if (path === undefined) continue;
    // The limit may be that of a parent group, and a container may see its own group as the root.
    for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const folder = version.root + (at === '/' ? '' : at);
      if (Number(read(`${folder}/${version.limit}`)) === limit)
        return sum(read(`${folder}/memory.stat`) ?? '', version.cache);
      if (at === '' || at === '/') break;
    }
  }
  return 0;
}

function sum(text: string, numbers: RegExp): number {
  let total = 0;
  for (const [, bytes] of text.matchAll(numbers)) total += Number(bytes);
  return total;
}
