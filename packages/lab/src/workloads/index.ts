import { article } from './article.ts';
import { burst } from './burst.ts';
import { files } from './files.ts';
import { frames } from './frames.ts';
import { multipart } from './multipart.ts';
import { relay } from './relay.ts';
import { sized } from './sized.ts';
import { uploads } from './uploads.ts';
import type { Workload } from './workload.ts';

export const workloads: Readonly<Record<string, Workload>> = {
  article,
  sized,
  burst,
  frames,
  uploads,
  multipart,
  files,
  relay,
};
