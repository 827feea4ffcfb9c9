import { article } from './article.ts';
import { burst } from './burst.ts';
import { files } from './files.ts';
import { frames } from './frames.ts';
import { forms } from './network/forms.ts';
import { multipart } from './network/multipart.ts';
import { relay } from './network/relay.ts';
import { uploads } from './network/uploads.ts';
import { sized } from './sized.ts';
import type { Workload } from './workload.ts';

export const workloads: Readonly<Record<string, Workload>> = {
  article,
  sized,
  burst,
  frames,
  uploads,
  forms,
  multipart,
  files,
  relay,
};
