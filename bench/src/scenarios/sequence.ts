import { Random } from 'giveback-lab/measure';

const LENGTH = 2 ** 14;

/** Random whole numbers from `least` to `most`, the same in every process. They repeat after a while. */
export function sequence(least: number, most: number): (index: number) => number {
  const random = new Random(1);
  const draw = () => least + random.integer(most - least + 1);
  const numbers = Int32Array.from({ length: LENGTH }, draw);
  return (index) => numbers[index & (LENGTH - 1)] as number;
}
