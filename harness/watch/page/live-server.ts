import { once } from 'node:events';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { streamSSE } from 'hono/streaming';
import { ComebackError } from '../../errors.ts';
import { pause } from '../../timers.ts';
import type { LiveView } from '../live-view.ts';
import { metricsContentType, metricsText } from '../metrics/exposition.ts';
import type { WatchOutput } from '../watch-run.ts';
import { LiveFeed } from './live-feed.ts';
import { type LivePage, loadLivePage } from './live-page.ts';
import { isSameToken } from './token.ts';

/** Nobody else on the network may see it. */
const loopback = '127.0.0.1';
const heartbeatMs = 15_000;
const retryMs = 2000;
/** A fast run has more events a second than an eye follows. */
const pauseBetweenMs = 250;

/** The port of the live page is taken. */
export class LivePortError extends ComebackError {
  override readonly code = 'WATCH_PORT';
  override readonly kind = 'usage';

  constructor(port: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot listen on port ${port} of ${loopback}: ${why}. Choose another by --port, or leave it out.`, {
      cause,
    });
  }
}

/** The live page and the metrics of a run, on loopback, for whoever has the token. */
export class LiveServer implements WatchOutput, AsyncDisposable {
  readonly url: string;
  readonly #feed: LiveFeed;
  readonly #close: () => Promise<void>;

  private constructor(url: string, feed: LiveFeed, close: () => Promise<void>) {
    this.url = url;
    this.#feed = feed;
    this.#close = close;
  }

  /** @param port 0 for any that is free. @throws LivePortError */
  static async listen(port: number, token: string): Promise<LiveServer> {
    const feed = new LiveFeed();
    const closing = new AbortController();
    const app = liveApp(feed, await loadLivePage(), token, closing.signal);
    const server = createAdaptorServer({ fetch: app.fetch });
    try {
      server.listen(port, loopback);
      await once(server, 'listening');
    } catch (error) {
      throw new LivePortError(port, error);
    }
    const address = server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    return new LiveServer(`http://${loopback}:${bound}/?token=${token}`, feed, async () => {
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    });
  }

  view(view: LiveView): void {
    this.#feed.push(view);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

function liveApp(feed: LiveFeed, page: LivePage, token: string, closing: AbortSignal): Hono {
  const app = new Hono();
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: [page.scriptHash],
        styleSrc: [page.styleHash],
        imgSrc: ['data:'],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
      },
      xFrameOptions: 'DENY',
      // It is never served by TLS.
      strictTransportSecurity: false,
    }),
  );
  app.use(async (context, next) => {
    context.header('Cache-Control', 'no-store');
    // A page of somebody else can have its own name point here (DNS rebinding), but a browser then says that name.
    if (!isLoopbackName(context.req.header('Host')))
      return context.text('Ask by the name localhost or 127.0.0.1.\n', 403);
    if (!isSameToken(givenToken(context), token)) {
      return context.text('The token is missing or wrong: take the whole address that comeback watch printed.\n', 403);
    }
    await next();
    return undefined;
  });
  app.get('/', (context) => context.html(page.html));
  app.get('/events', (context) => events(context, feed, closing));
  app.get('/metrics', async (context) => {
    if (feed.view === undefined) return context.text('Nothing of the run was read yet.\n', 503);
    return context.body(await metricsText(feed.view), 200, { 'Content-Type': metricsContentType });
  });
  return app;
}

/** Server-sent events (HTML Living Standard, 9.2). Whoever comes back with the id of what it has gets nothing before that changes. */
function events(context: Context, feed: LiveFeed, closing: AbortSignal): Response {
  return streamSSE(context, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    const ended = AbortSignal.any([closing, gone.signal]);
    let sent = context.req.header('Last-Event-ID');
    await stream.write(`retry: ${retryMs}\n\n`);
    while (!ended.aborted) {
      const { latest } = feed;
      if (latest !== undefined && latest.id !== sent) {
        await stream.writeSSE({ event: 'state', ...latest });
        sent = latest.id;
        await pause(pauseBetweenMs, ended).catch(() => undefined);
      } else {
        await stream.write(': still here\n\n');
      }
      await feed.changed(feed.latest === undefined ? undefined : sent, heartbeatMs, ended);
    }
  });
}

function givenToken(context: Context): string {
  const bearer = /^Bearer (\S+)$/i.exec(context.req.header('Authorization') ?? '')?.[1];
  return bearer ?? context.req.query('token') ?? '';
}

/** With any port: a tunnel of ssh has one of its own. */
function isLoopbackName(host: string | undefined): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(host ?? '');
}
