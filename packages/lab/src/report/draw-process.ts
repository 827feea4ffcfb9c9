// Draws the run in the folder that its argument names. Started by draw-apart.ts.
import { messageOf } from '../core/errors.ts';
import { readResults } from '../results/reader.ts';
import { draw } from './draw.ts';

const [, , folder = ''] = process.argv;
try {
  draw(folder, readResults(folder));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
