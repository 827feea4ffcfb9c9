/** The middle one of several, by a number of theirs. */
export function median<T>(values: readonly T[], of: (value: T) => number): T {
  const sorted = values.toSorted((a, b) => of(a) - of(b));
  return sorted[(sorted.length - 1) >> 1] as T;
}
