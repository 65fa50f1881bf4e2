import type { ErrorAnswer } from '../../api.js';
import { token } from '../state.js';

/** The server has refused a request, or cannot be reached. */
export class ServerError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** Asks the server. @throws ServerError. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = {
    ...(init.headers as Record<string, string> | undefined),
    Authorization: `Bearer ${token}`,
  };
  let response: Response;
  try {
    response = await fetch(`api/${path}`, { ...init, headers, cache: 'no-store', credentials: 'omit' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ServerError(0, 'The server cannot be reached.', 'Check that it still runs.');
  }
  if (response.ok) return response;
  const { error } = (await response.json().catch(() => ({}))) as Partial<ErrorAnswer>;
  throw new ServerError(
    response.status,
    error?.message ?? `The server answered with the status ${response.status}.`,
    error?.remedy ??
      (response.status === 401 ? 'Open the address that the server printed when it started.' : ''),
  );
}

/** Asks the server for JSON. @throws ServerError. */
export const askJson = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await ask(path, signal ? { signal } : {})).json() as Promise<T>;
