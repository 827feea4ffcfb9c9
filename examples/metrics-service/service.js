import { subtle } from 'node:crypto';
import fastify from 'fastify';
import { fastifyBody } from 'giveback/io';
import { collectGiveback } from 'giveback/prometheus';
import { collectDefaultMetrics } from 'prom-client';

const MiB = 1024 * 1024;

/**
 * POST /digests answers with the SHA-256 of a body, which lies in one recycled buffer meanwhile. GET /metrics is for
 * Prometheus. GET /debug/leases tells people who holds what now: keep strangers out of it, as stacks name your files.
 */
export async function metricsService(buffers, registry) {
  collectDefaultMetrics({ register: registry });
  // All recyclers of the thread, whoever made them.
  collectGiveback(registry);

  const service = fastify();
  await service.register(fastifyBody, {
    buffers,
    limit: 16 * MiB,
    waitTimeout: 10_000,
    detachChunks: true,
  });
  service.post('/digests', async ({ body }) => {
    const digest = await subtle.digest('SHA-256', body);
    return Buffer.from(digest).toString('hex');
  });
  service.get('/metrics', async (_request, reply) => {
    reply.type(registry.contentType);
    return registry.metrics();
  });
  service.get('/debug/leases', async () => ({ stats: buffers.stats(), leases: buffers.leases() }));
  return service;
}
