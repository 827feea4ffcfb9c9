/** How the file is named that is loaded into the profiled program. Its frames are not the program's. */
export const PRELOAD_NAME = 'giveback-preload.cjs';

export function isPreload(file: string): boolean {
  return file.endsWith(PRELOAD_NAME);
}
