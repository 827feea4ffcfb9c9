/** What holds for one memory holds for the other: tests of behaviour run for both. */
export const memories = ['fixed', 'elastic'] as const;
