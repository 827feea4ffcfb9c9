import { BufferRecycler } from 'giveback';
import { type Figures, medianOf, timeEach } from './figures.ts';

const SIZE = 1024;
const FEW = 200;

/** So many buffers on lease. */
export async function lentBuffers(count: number): Promise<Figures> {
  const buffers = new BufferRecycler({ sampleStacks: 0 });
  const lent = Array.from({ length: count }, () => buffers.get(SIZE));
  buffers.give(buffers.get(SIZE));
  const cycle = medianOf(5, () => timeEach(FEW, () => buffers.give(buffers.get(SIZE))));
  const isLent = medianOf(5, () => timeEach(FEW, (index) => buffers.isLent(lent[index])));
  const stats = medianOf(5, () => timeEach(FEW, () => buffers.stats()));
  const leases = medianOf(3, () => timeEach(1, () => buffers.leases()));
  return {
    times: { 'get and give': cycle, 'isLent()': isLent, 'stats()': stats },
    pauses: { 'leases()': leases / 1e6 },
  };
}
