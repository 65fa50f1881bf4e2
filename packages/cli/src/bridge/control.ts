import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { EnrolmentRequest, PythonBridge } from '@kaizen-eatp/bridge-python';
import { isEatpError } from '@kaizen-eatp/core';
import { CliError } from '../errors.js';
import { bodyOf } from '../server/body.js';
import { replaceFile } from '../session/settings-file.js';

/** The file by which `bridge token` finds a bridge that runs: in the folder of keys, readable by this user only. */
const pathIn = (keys: string): string => join(keys, 'bridge.json');

const MOST_BYTES = 1_048_576;

/**
 * Lets other processes of this user ask a bridge for enrolment tokens, over loopback and with a secret.
 *
 * @returns a function that ends it.
 */
export async function openControl(keys: string, bridge: PythonBridge): Promise<() => Promise<void>> {
  const secret = randomBytes(32).toString('base64url');
  const server = createServer((request, response) => {
    void answer(request, response, secret, bridge);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const content = { url: `http://127.0.0.1:${port}/token`, secret, pid: process.pid };
  replaceFile(keys, pathIn(keys), content);
  return async () => {
    if (readControl(keys)?.secret === secret) rmSync(pathIn(keys), { force: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

/** Asks the bridge that runs for an enrolment token. @throws CliError `RECORD_NOT_FOUND`; the error of the bridge. */
export async function askForToken(keys: string, request: EnrolmentRequest): Promise<string> {
  const control = readControl(keys);
  if (!control) throw noBridge();
  const response = await fetch(control.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${control.secret}` },
    body: JSON.stringify(request),
  }).catch((cause: unknown) => {
    throw noBridge(cause);
  });
  const body = (await response.json()) as { token?: string; error?: string };
  if (body.token !== undefined) return body.token;
  throw new CliError('COMMAND_USAGE', 'The bridge refused to make a token', {
    received: body.error ?? `status ${response.status}`,
    remedy: 'Correct what the bridge names.',
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  secret: string,
  bridge: PythonBridge,
): Promise<void> {
  const reply = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (!isBearer(request, secret)) return reply(401, { error: 'the secret is wrong' });
  try {
    const text = await bodyOf(request, MOST_BYTES);
    if (text === undefined) return reply(413, { error: 'the request is too large' });
    reply(200, { token: await bridge.createEnrolmentToken(JSON.parse(text) as EnrolmentRequest) });
  } catch (error) {
    reply(400, { error: isEatpError(error) ? error.message : 'the request cannot be read' });
  }
}

/** Whether a request carries the secret, compared in constant time. */
export function isBearer({ headers }: IncomingMessage, secret: string): boolean {
  const [given, wanted] = [Buffer.from(headers.authorization ?? ''), Buffer.from(`Bearer ${secret}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function readControl(keys: string): { url: string; secret: string } | undefined {
  try {
    return JSON.parse(readFileSync(pathIn(keys), 'utf8')) as { url: string; secret: string };
  } catch {
    return undefined;
  }
}

const noBridge = (cause?: unknown): CliError =>
  new CliError('RECORD_NOT_FOUND', 'No bridge of this deployment runs', {
    remedy: 'Start one with the same --store or --keys: kaizen-eatp bridge serve',
    cause,
  });
