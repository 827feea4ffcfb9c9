import { megabytes } from '../core/units.ts';
import { peak, type Samples } from '../results/samples.ts';

/** The ends of both axes. All charts of a run have the same scale, so that their shapes can be compared. */
export interface Scale {
  readonly megabytes: Axis;
  readonly makes: Axis;
}

interface Axis {
  readonly max: number;
  readonly interval: number;
}

/** As many on both axes, so that the lines of the grid fit both. */
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

/** The same for counts, which have whole intervals. */
function countAxisTo(value: number): Axis {
  const interval = Math.ceil(axisTo(value).interval);
  return { max: interval * INTERVALS, interval };
}

export function inMegabytes(bytes: readonly number[]): number[] {
  return bytes.map(megabytes);
}
