import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';

export interface HeardRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real HTTP server on this machine that keeps what it is told. */
export interface HttpListener extends AsyncDisposable {
  readonly origin: string;
  readonly heard: readonly HeardRequest[];
}

/** @param answer status to answer the n-th request with, from 0; 'never' for no answer at all. */
export async function listen(
  answer: (number: number) => number | 'never',
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpListener> {
  const heard: HeardRequest[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const status = answer(heard.length);
      heard.push({ path: request.url ?? '', headers: request.headers, body });
      if (status !== 'never') response.writeHead(status, headers).end('words of the service');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    heard,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
