import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Message {
  readonly role: string;
  readonly content: string;
}

export interface ModelServer {
  readonly url: string;
  /** The number of completions that the server returned. */
  readonly completions: number;
  close(): Promise<void>;
}

/** Starts an OpenAI-compatible server on this machine, in which `complete` stands in for a model. */
export async function startModelServer(
  complete: (messages: readonly Message[]) => string,
): Promise<ModelServer> {
  let completions = 0;
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      response.writeHead(404).end();
      return;
    }
    const { model, messages } = JSON.parse(await bodyOf(request)) as { model: string; messages: Message[] };
    completions += 1;
    const message = { role: 'assistant', content: complete(messages) };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: `cmpl-${completions}`, object: 'chat.completion', model, choices }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    get completions() {
      return completions;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Asks a model for one answer. */
export async function chat(url: string, system: string, user: string, signal: AbortSignal): Promise<string> {
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'local', messages }),
    signal,
  });
  if (!response.ok) throw new Error(`The model answered ${response.status}`);
  const { choices } = (await response.json()) as { choices: { message: Message }[] };
  return choices[0]?.message.content ?? '';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}
