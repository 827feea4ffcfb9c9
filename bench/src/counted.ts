// The program in which instructions are counted: `node counted.js <candidate> <scenario> <operations>`.
import { candidateNamed } from './candidates/all.ts';
import { scenarioNamed } from './scenarios/all.ts';

/** Blocks before the counted ones. After them all code is optimised, and no stack is sampled any more. */
const WARM_UPS = 100;
const WARM_UP_OPERATIONS = 5000;

const [candidate = '', scenarioName = '', operations = ''] = process.argv.slice(2);
const scenario = scenarioNamed(scenarioName);
const { batch = 1 } = scenario;
const block = await scenario.open(candidateNamed(candidate));
for (let done = 0; done < WARM_UPS; done++) await block(WARM_UP_OPERATIONS / batch);
await block(Number(operations) / batch);
// Some pools keep the process alive while anything is idle.
process.exit(0);
