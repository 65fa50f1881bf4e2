import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isEatpError } from '@kaizen-eatp/core';
import type { GivenCheckpoint } from '@kaizen-eatp/core/checkpoints';
import type { ErrorAnswer, InfoAnswer } from '@kaizen-eatp/viewer';
import { isBearer } from '../bridge/control.js';
import { listAgents, showAgent } from './agent-answers.js';
import { type Approver, decide, listApprovals } from './approval-answers.js';
import { describeDeployment } from './deployment-answer.js';
import { RunAnswers, type Source } from './run-answers.js';
import { streamRun } from './run-stream.js';

/** The records, the page and the secret of a server. */
export interface ServerOptions extends Source {
  /** The page. */
  readonly page: string;
  /** The name of the deployment. */
  readonly name: string;
  /** The public keys of the pinned authorities, by id. */
  readonly authorities: Readonly<Record<string, string>>;
  /** The person who can decide at the server; undefined if it changes nothing. */
  readonly approver: Approver | undefined;
  /** Reads the checkpoint that the store is compared with; undefined if there is none. */
  readonly checkpoint: () => GivenCheckpoint | undefined;
  /** The secret that every request for data carries. */
  readonly token: string;
  /** Aborted when the server ends. */
  readonly signal: AbortSignal;
}

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // A page cannot set these for itself.
  'content-security-policy': "frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Serves the viewer and its data. It changes nothing, except that a named approver can decide what runs ask for. */
export function serverOf(options: ServerOptions): Server {
  const answers = new RunAnswers(options);
  return createServer((request, response) => {
    void answer(options, answers, request, response).catch((error: unknown) => {
      const eatp = isEatpError(error) ? error : undefined;
      refuse(
        response,
        statusOf(eatp?.code),
        eatp?.code ?? 'SERVER_FAILED',
        eatp?.summary ?? 'the server failed',
        eatp?.remedy ?? 'Ask again.',
      );
    });
  });
}

async function answer(
  options: ServerOptions,
  answers: RunAnswers,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Another name for this address could belong to a page that wants to read the answers.
  if (!isLoopbackHost(request.headers.host))
    return refuse(
      response,
      421,
      'HOST_UNKNOWN',
      'the address has another name',
      'Use the address that serve printed.',
    );
  const url = new URL(request.url ?? '/', 'http://localhost');
  const isDecision =
    request.method === 'POST' && url.pathname === '/api/approvals' && options.approver !== undefined;
  if (request.method !== 'GET' && !isDecision)
    return refuse(
      response,
      405,
      'READ_ONLY',
      'the server only answers GET',
      'Use the command line for changes.',
    );
  if (url.pathname === '/') {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/html; charset=utf-8' }).end(options.page);
    return;
  }
  if (!isBearer(request, options.token))
    return refuse(
      response,
      401,
      'TOKEN_INVALID',
      'the token is missing or wrong',
      'Open the address that serve printed.',
    );
  if (isDecision) {
    const refusal = await decide(options, options.approver as Approver, request);
    if (!refusal) return reply(response, {});
    return refuse(response, refusal.status, refusal.code, refusal.message, refusal.remedy);
  }
  const [api, kind, id, part] = url.pathname.slice(1).split('/').map(decoded);
  if (api !== 'api') return notFound(response);
  if (kind === 'info' && id === undefined) return reply(response, infoOf(options));
  if (kind === 'runs' && id === undefined) return reply(response, await answers.list(url.searchParams));
  if (kind === 'agents' && id === undefined) return reply(response, await listAgents(options));
  if (kind === 'agents' && id !== undefined && part === undefined)
    return reply(response, await showAgent(options, id));
  if (kind === 'runs' && id !== undefined && part === undefined)
    return reply(response, await answers.show(id));
  if (kind === 'deployment' && id === undefined)
    return reply(response, await describeDeployment(options, options.checkpoint()));
  if (kind === 'approvals' && id === undefined && options.isUnlocked)
    return reply(response, await listApprovals(options));
  if (kind === 'runs' && id !== undefined && part === 'receipt')
    return receipt(response, await answers.receipt(id));
  if (kind === 'runs' && id !== undefined && part === 'events')
    return events(options, answers, id, url, request, response);
  return notFound(response);
}

async function events(
  options: ServerOptions,
  answers: RunAnswers,
  runId: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const after = Number(request.headers['last-event-id'] ?? url.searchParams.get('after') ?? 0);
  if (!Number.isSafeInteger(after) || after < 0)
    return refuse(
      response,
      400,
      'SEQUENCE_INVALID',
      'the sequence number is invalid',
      'Send a whole number.',
    );
  if (
    !(await options.store.trailHead(runId)) &&
    (await options.store.openIntents({ trailId: runId })).length === 0
  )
    return notFound(response);
  response.writeHead(200, {
    ...HEADERS,
    'content-type': 'text/event-stream; charset=utf-8',
    connection: 'keep-alive',
  });
  response.flushHeaders();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await streamRun(options, answers, runId, after, response, AbortSignal.any([gone.signal, options.signal]));
}

function receipt(response: ServerResponse, text: string | undefined): void {
  if (text === undefined) return notFound(response);
  response.writeHead(200, { ...HEADERS, 'content-type': 'application/json' }).end(text);
}

const infoOf = ({ name, authorities, approver, isUnlocked }: ServerOptions): InfoAnswer => ({
  api: 1,
  name,
  readOnly: approver === undefined,
  approvals: isUnlocked,
  approver: approver?.approverId ?? null,
  authorities,
});

function reply(response: ServerResponse, body: object | undefined): void {
  if (body === undefined) return notFound(response);
  response.writeHead(200, { ...HEADERS, 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const notFound = (response: ServerResponse): void =>
  refuse(response, 404, 'NOT_FOUND', 'there is no such record', 'Go back to the list.');

function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  remedy: string,
): void {
  if (response.headersSent) return void response.end();
  const body: ErrorAnswer = { error: { code, message, remedy } };
  response.writeHead(status, { ...HEADERS, 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

const statusOf = (code: string | undefined): number =>
  code === 'APPROVAL_REFUSED' ? 403 : code === 'INVALID_ARGUMENT' ? 400 : 500;

const isLoopbackHost = (host = ''): boolean => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/.test(host);
