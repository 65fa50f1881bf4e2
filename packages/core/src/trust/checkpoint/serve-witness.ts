import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Witness } from './witness.js';

/** More than the largest request can have: 63 hashes, and a note with many signatures. */
const LARGEST_BODY = 64 * 1024;

/**
 * Serves a witness over HTTP: `POST /add-checkpoint`, as C2SP `tlog-witness` has it. The caller lets the server listen, with
 * TLS in front of it if the network is not trusted; a forged request gets no cosignature either way.
 */
export function witnessServer(witness: Witness): Server {
  return createServer(async (request, response) => {
    const answer = (status: number, body: string, type = 'text/plain'): void => {
      response.writeHead(status, { 'content-type': type });
      response.end(body);
    };
    try {
      const path = new URL(request.url ?? '/', 'http://witness').pathname;
      if (request.method !== 'POST' || !path.endsWith('/add-checkpoint')) return answer(404, 'not found\n');
      const body = await bodyOf(request);
      if (body === undefined) return answer(413, 'the request is too large\n');
      const { status, body: text } = await witness.addCheckpoint(body);
      return answer(status, text, status === 409 ? 'text/x.tlog.size' : 'text/plain');
    } catch {
      return answer(500, 'the witness failed\n');
    }
  });
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > LARGEST_BODY) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
