import type { IncomingMessage, ServerResponse } from 'node:http';

/** The state that `GET /ready` shows. */
export interface Readiness {
  /** Whether the bridge takes logins. */
  readonly isOpen: boolean;
  /** Whether a connected worker serves an agent. */
  serves(agent: string): boolean;
}

/** How many agents one request can ask for. */
const MAX_ASKED = 64;

/**
 * Answers a plain HTTP request. `GET /health` is 200 while the process runs. `GET /ready` is 200 while the bridge takes
 * logins; with `?agent=NAME`, once or several times, only while a connected worker serves each of them. The answer
 * names no other agents, since the caller has not logged in.
 */
export function answerHealth(
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
  state: Readiness,
): void {
  const { pathname, searchParams } = new URL(url, 'http://bridge');
  if (pathname !== '/health' && pathname !== '/ready') {
    response.writeHead(426, { connection: 'close', 'content-type': 'text/plain' });
    response.end('This is a Kaizen EATP bridge. It speaks WebSocket with kaizen-eatp-bridge.\n');
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') return send(response, 405, { error: 'use GET' });
  if (pathname === '/health') return send(response, 200, { status: 'ok' });
  const asked = searchParams.getAll('agent').slice(0, MAX_ASKED);
  const missing = asked.filter((agent) => !state.serves(agent));
  const ready = state.isOpen && missing.length === 0;
  send(response, ready ? 200 : 503, { ready, ...(asked.length > 0 && { missing }) });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    connection: 'close',
    'content-type': 'application/json',
    'cache-control': 'no-store',
  });
  response.end(`${JSON.stringify(body)}\n`);
}
