import { None } from './none.ts';

/** What most servers take forms with: multer, which keeps each file in memory. */
export class Multer extends None {}
