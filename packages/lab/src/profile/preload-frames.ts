/** The preload's own files, wherever the lab is installed. */
const PRELOAD = /[\\/]profile[\\/]recording[\\/]preload[\\/][\w-]+\.cjs$/;

/** Whether a file is of the profiler: its frames are not the program's. */
export function isPreload(file: string): boolean {
  return PRELOAD.test(file);
}
