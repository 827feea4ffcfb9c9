import { article } from './article.ts';
import type { Workload } from './workload.ts';

export const workloads: Readonly<Record<string, Workload>> = { article };
