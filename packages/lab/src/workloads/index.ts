import { article } from './article.ts';
import { burst } from './burst.ts';
import { frames } from './frames.ts';
import { sized } from './sized.ts';
import type { Workload } from './workload.ts';

export const workloads: Readonly<Record<string, Workload>> = { article, sized, burst, frames };
