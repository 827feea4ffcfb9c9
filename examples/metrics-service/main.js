// A service that can be looked into while it runs: by Prometheus, by whoever asks its debug route, and by whoever
// sends it a signal.
//
//   node examples/metrics-service/main.js [<port>]
//
// listens until SIGTERM. Meanwhile, with the address and the process id that it prints:
//
//   head -c 5000000 /dev/urandom | curl --data-binary @- <address>/digests
//   curl <address>/metrics
//   curl <address>/debug/leases
//   kill -USR2 <pid>
import { BufferRecycler } from 'giveback';
import { Registry } from 'prom-client';
import { metricsService } from './service.js';

const MiB = 1024 * 1024;
const port = Number(process.argv[2] ?? 9464);

const buffers = new BufferRecycler({
  name: 'uploads',
  memory: 'elastic',
  // Uploads wait while so much is lent: giveback_waiters counts them.
  maxBytes: 64 * MiB,
  // Uploads are few and large, so the stack of each may be kept.
  sampleStacks: 1,
});
const service = await metricsService(buffers, new Registry());
const address = await service.listen({ port, host: '127.0.0.1' });
console.log(`${address} pid ${process.pid}`);

// Node itself listens to SIGUSR1.
process.on('SIGUSR2', () => {
  console.error(buffers, buffers.leases());
});
process.once('SIGTERM', async () => {
  await service.close();
  buffers.close();
});
