// Loaded before a trial of `npm run tune`: gives the library's memories another tuning than their own.
// Users have no such option. What it changes are the constants that the constructors take by default.
import { ELASTIC_TUNING } from '../packages/giveback/dist/src/buffers/memory/elastic.js';
import { FIXED_TUNING } from '../packages/giveback/dist/src/buffers/memory/fixed.js';

const { fixed, elastic } = JSON.parse(process.env.GIVEBACK_TUNING ?? '{}');
Object.assign(FIXED_TUNING, fixed);
Object.assign(ELASTIC_TUNING, elastic);
