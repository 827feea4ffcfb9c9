// The process behind peer.ts: sends marked bytes, receives them, and reports latencies and errors.
import { once } from 'node:events';
import { PARTS, type PeerOrders } from './peer.ts';
import { S3Store } from './peer-s3-store.ts';
import { sendStreams, upload, uploadStreams } from './peer-senders.ts';
import { Sink } from './peer-sink.ts';
import { postForms } from './post-forms.ts';

const SENDERS = {
  uploads: upload,
  forms: postForms,
  multipart: sendStreams,
  relay: sendStreams,
  s3: uploadStreams,
};

const orders = JSON.parse(process.argv[2] ?? '') as PeerOrders;
const latencies: number[] = [];
const sink = orders.role === 's3' ? new S3Store() : new Sink();
tell({ port: await sink.listen(orders.role) });
const [{ port }] = (await once(process, 'message')) as [{ port: number }];
const sent = await SENDERS[orders.role](port, orders, latencies);
const isPassedOn = orders.role === 'multipart' || orders.role === 'relay';
// After an error some of it may never arrive.
if (sink instanceof Sink && isPassedOn && sent.errors === 0)
  await sink.received(orders.requests * (orders.role === 'multipart' ? PARTS : 1));
sink.close();
tell({
  latencies,
  bytes: sent.bytes,
  errors: sent.errors + sink.errors,
});

function tell(message: object): void {
  process.send?.(message);
}
