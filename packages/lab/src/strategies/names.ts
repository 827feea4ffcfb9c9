/** What people do instead of recycling: the program of `none` in a process that is started differently. */
export const INSTEAD = ['jemalloc', 'mimalloc', 'small-young', 'collect'] as const;

/** The strategies that any workload with buffers of different sizes can run with. */
export const BUFFER_STRATEGIES: readonly string[] = ['none', ...INSTEAD, 'fixed', 'elastic'];

/** Of these, the ones of a run that names none. */
export const USUAL_STRATEGIES: readonly string[] = ['none', 'fixed', 'elastic'];
