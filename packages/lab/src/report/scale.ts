import { megabytes } from '../core/units.ts';
import { peak, type Samples } from '../results/samples.ts';

/** The tops of both axes. One scale for all charts of a run, or their shapes could not be compared. */
export interface Scale {
  readonly megabytes: Axis;
  readonly makes: Axis;
}

interface Axis {
  readonly max: number;
  readonly interval: number;
}

/** The same number on both sides, so that the lines of the grid serve both. */
const INTERVALS = 5;
const STEPS = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10];

export function commonScale(trials: Iterable<Samples>): Scale {
  const all = [...trials];
  const most = (numbers: (samples: Samples) => readonly number[]): number =>
    peak(all.map((samples) => peak(numbers(samples))));
  return {
    megabytes: axisTo(
      Math.max(
        most((s) => s.HeapSys),
        most((s) => s.bytes),
        most((s) => s.HeapAlloc),
      ) / 1e6,
    ),
    makes: countAxisTo(most((s) => s.makes)),
  };
}

/** The smallest round axis that reaches `value`. */
export function axisTo(value: number): Axis {
  const least = Math.max(value, 1) / INTERVALS;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = STEPS.find((candidate) => candidate * power >= least) ?? 10;
  const interval = Number((step * power).toPrecision(3));
  return { max: Number((interval * INTERVALS).toPrecision(4)), interval };
}

/** The same for counts: there is no half of one. */
function countAxisTo(value: number): Axis {
  const interval = Math.ceil(axisTo(value).interval);
  return { max: interval * INTERVALS, interval };
}

export function inMegabytes(bytes: readonly number[]): number[] {
  return bytes.map(megabytes);
}
