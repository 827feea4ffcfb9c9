// One measurement in a process of its own: `node child.js '<task as JSON>'` prints the answer as JSON.
import { writeSync } from 'node:fs';
import { perform, type Task } from './task.ts';

const task = JSON.parse(process.argv[2] ?? '') as Task;
writeSync(1, `\n${JSON.stringify(await perform(task))}\n`);
// Some pools keep the process alive while anything is idle.
process.exit(0);
