import { article } from './article.ts';
import { burst } from './burst.ts';
import { files } from './files.ts';
import { frames } from './frames.ts';
import { forms } from './network/forms.ts';
import { multipart } from './network/multipart.ts';
import { relay } from './network/relay.ts';
import { s3 } from './network/s3.ts';
import { uploads } from './network/uploads.ts';
import { sized } from './sized.ts';
import type { Workload } from './workload.ts';

/** A workload needs no more than its line here: options, help and docs follow from what it says of itself. */
const all: readonly Workload[] = [
  article,
  sized,
  burst,
  frames,
  uploads,
  forms,
  multipart,
  s3,
  files,
  relay,
];

export const workloads: Readonly<Record<string, Workload>> = Object.fromEntries(
  all.map((workload) => [workload.name, workload]),
);
