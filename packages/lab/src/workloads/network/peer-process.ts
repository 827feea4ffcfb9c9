// The process behind peer.ts: sends marked bytes, receives them, and reports latencies and errors.
import { once } from 'node:events';
import type { PeerOrders } from './peer.ts';
import { sendAll, sendParts, upload } from './peer-senders.ts';
import { Sink } from './peer-sink.ts';
import { postForms } from './post-forms.ts';

const SENDERS = { uploads: upload, forms: postForms, multipart: sendParts, relay: sendAll };

const orders = JSON.parse(process.argv[2] ?? '') as PeerOrders;
const latencies: number[] = [];
const sink = new Sink();
tell({ port: await sink.listen(orders.role) });
const [{ port }] = (await once(process, 'message')) as [{ port: number }];
const sent = await SENDERS[orders.role](port, orders, latencies);
const isPassedOn = orders.role === 'multipart' || orders.role === 'relay';
// After an error some of it may never arrive.
if (isPassedOn && sent.errors === 0) await sink.received(orders.requests);
sink.close();
tell({
  latencies: [...latencies, ...sink.latencies],
  bytes: sent.bytes,
  errors: sent.errors + sink.errors,
});

function tell(message: object): void {
  process.send?.(message);
}
