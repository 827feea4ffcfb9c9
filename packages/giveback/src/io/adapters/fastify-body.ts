import type { Readable } from 'node:stream';
import { checkObject } from '../../core/validate.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import {
  type AdapterOptions,
  type ResolvedAdapterOptions,
  resolveAdapterOptions,
} from './adapter-options.ts';
import { ALL, patternOf, typeMatcher } from './content-types.ts';
import { type HttpRequest, type HttpResponse, hasBody, isHttp2, isTaken } from './messages.ts';
import { receiveBody } from './receive-body.ts';

/** Options of `fastifyBody`: those of every adapter, and the recycler. */
export interface FastifyBodyOptions extends AdapterOptions {
  /** The recycler of the buffers for bodies. */
  readonly buffers: BufferPool;
}

// biome-ignore lint/suspicious/noExplicitAny: fastify's own type has many type parameters.
type AnyFastify = any;

/** The type of `fastifyBody`: a plugin of fastify. */
export type FastifyBodyPlugin = (
  fastify: AnyFastify,
  options: FastifyBodyOptions,
  done: (error?: Error) => void,
) => void;

// The part of fastify that the plugin uses. Its own types would be a dependency.

interface Fastify {
  readonly initialConfig: { readonly http2?: boolean; readonly bodyLimit?: number };
  addHook(name: string, hook: (...args: never[]) => unknown): unknown;
  addContentTypeParser(
    type: string | RegExp,
    parser: (request: FastifyRequest, payload: Readable) => Promise<RecycledBuffer | undefined>,
  ): unknown;
  removeContentTypeParser(type: string | RegExp): unknown;
  [OURS]?: ReadonlySet<string>;
}

interface FastifyRequest {
  readonly raw: HttpRequest;
  readonly routeOptions: { readonly bodyLimit?: number; readonly config?: RouteConfig };
  body?: unknown;
}

interface FastifyReply {
  readonly raw: HttpResponse;
  removeHeader(name: string): unknown;
}

interface RouteConfig {
  readonly [OWN_LIMIT]?: number;
}

interface RouteOptions {
  readonly bodyLimit?: number;
  config?: RouteConfig;
}

/** The content types that this plugin has registered, in a scope or an outer one. */
const OURS: unique symbol = Symbol('giveback.types');
/** A route's own `bodyLimit`. Fastify's route options do not tell it from the server's. */
const OWN_LIMIT: unique symbol = Symbol('giveback.bodyLimit');

/** The options as fastify passes them, with those that it passes to every plugin. */
type Passed = FastifyBodyOptions & {
  readonly prefix?: unknown;
  readonly logLevel?: unknown;
  readonly logSerializers?: unknown;
};

/**
 * A plugin for fastify 5 that does what `expressBody` does: a content-type parser that reads the body into
 * one recycled buffer, `request.body`, and lends it until the response has finished. By default it reads
 * all bodies that have no parser of their own, as fastify's `'*'` does. To read `application/json` and
 * `text/plain` as well, name them in `type`. `limit` replaces the server's `bodyLimit`; a route's own
 * `bodyLimit` goes before it.
 *
 * If it is registered again, the later options apply in that scope.
 *
 * @throws (from `register`) `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for options that are not as
 * documented.
 * @example
 * await app.register(fastifyBody, { buffers, limit: 10_000_000 });
 * app.post('/files', async (request) => `${request.body.length} bytes`);
 */
export const fastifyBody: FastifyBodyPlugin = Object.assign(
  (fastify: Fastify, options: FastifyBodyOptions, done: (error?: Error) => void): void => {
    let failure: Error | undefined;
    try {
      register(fastify, options);
    } catch (error) {
      failure = error as Error;
    }
    done(failure);
  },
  // As `fastify-plugin` marks a plugin: it applies to the scope that registers it, and not to one of its
  // own.
  {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'giveback',
    [Symbol.for('plugin-meta')]: { name: 'giveback', fastify: '5.x' },
  },
);

function register(fastify: Fastify, options: FastifyBodyOptions): void {
  checkObject('options', options);
  const { buffers, prefix, logLevel, logSerializers, ...own } = options as Passed;
  const resolved = resolveAdapterOptions(buffers, own);
  // Fastify does not pass the response to a parser, but the body is lent until that has finished.
  const responses = new WeakMap<HttpRequest, HttpResponse>();
  const receive = async (
    request: FastifyRequest,
    payload: Readable,
  ): Promise<RecycledBuffer | undefined> => {
    const { raw } = request;
    if (isTaken(payload as HttpRequest)) return undefined;
    const limited = { ...resolved, limit: limitOf(request, fastify, resolved) };
    const response = responses.get(raw) as HttpResponse;
    return receiveBody({ request: raw, response, payload }, buffers, limited);
  };
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (route.bodyLimit !== undefined)
      route.config = { ...route.config, [OWN_LIMIT]: route.bodyLimit };
  });
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, go: () => void) => {
    responses.set(request.raw, reply.raw);
    go();
  });
  addParsers(fastify, resolved, receive);
  if (fastify.initialConfig.http2) addHttp2Hooks(fastify, resolved, receive);
}

type Receive = (request: FastifyRequest, payload: Readable) => Promise<RecycledBuffer | undefined>;

function addParsers(fastify: Fastify, { type }: ResolvedAdapterOptions, receive: Receive): void {
  const before = fastify[OURS] ?? new Set();
  const types = new Set(before);
  for (const each of type) {
    const parsed = each === ALL ? '*' : isPattern(each) ? patternOf(each) : each;
    // Fastify throws for a type that has a parser already, except for `'*'`.
    if (before.has(String(parsed)) && parsed !== '*') fastify.removeContentTypeParser(parsed);
    fastify.addContentTypeParser(parsed, receive);
    types.add(String(parsed));
  }
  fastify[OURS] = types;
}

function isPattern(type: string | RegExp): type is string {
  return typeof type === 'string' && type.includes('*');
}

/**
 * For HTTP/2, where fastify misses bodies without a content type, and refuses others with a header of
 * HTTP/1.
 */
function addHttp2Hooks(fastify: Fastify, { type }: ResolvedAdapterOptions, receive: Receive): void {
  const takes = typeMatcher(type);
  fastify.addHook('preValidation', async (request: FastifyRequest) => {
    const { raw } = request;
    const isMissed =
      request.body === undefined && isHttp2(raw) && raw.headers['content-type'] === undefined;
    if (isMissed && hasBody(raw) && !isTaken(raw) && takes(undefined))
      request.body = await receive(request, raw);
  });
  fastify.addHook(
    'onSend',
    (request: FastifyRequest, reply: FastifyReply, _payload: unknown, go: () => void) => {
      if (isHttp2(request.raw)) reply.removeHeader('connection');
      go();
    },
  );
}

function limitOf(
  { routeOptions }: FastifyRequest,
  { initialConfig }: Fastify,
  { limit }: ResolvedAdapterOptions,
): number {
  const { bodyLimit, config } = routeOptions;
  // Routes that were added before the plugin was loaded have no `OWN_LIMIT`.
  const isOwn = bodyLimit !== initialConfig.bodyLimit;
  return config?.[OWN_LIMIT] ?? (isOwn ? bodyLimit : undefined) ?? limit;
}
