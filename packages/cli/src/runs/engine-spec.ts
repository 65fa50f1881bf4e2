import { usage } from '../errors.js';

/** A task queue of a Temporal service. */
export interface TemporalSpec {
  /** The `host:port` of the service. */
  readonly address: string;
  /** The namespace. Default: that of the engine. */
  readonly namespace?: string;
  /** The name of the task queue. Default: that of the engine. */
  readonly queue?: string;
  /** Whether the connection is encrypted, by the certificates of the system. */
  readonly tls: boolean;
}

/** Reads `temporal://HOST:PORT/NAMESPACE?queue=NAME&tls=true`. @throws CliError `COMMAND_USAGE`. */
export function temporalSpecOf(text: string): TemporalSpec {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const { queue, tls = 'false', ...others } = Object.fromEntries(url?.searchParams ?? []);
  const namespace = url?.pathname.slice(1);
  const isKnown =
    url?.protocol === 'temporal:' &&
    url.port !== '' &&
    url.username === '' &&
    url.password === '' &&
    url.hash === '' &&
    (tls === 'true' || tls === 'false') &&
    Object.keys(others).length === 0;
  if (!isKnown)
    throw usage('`--engine` names a Temporal service', {
      expected: 'temporal://HOST:PORT, then /NAMESPACE, ?queue=NAME and &tls=true where they are needed',
      received: `'${url?.password ? text.replace(url.password, '…') : text}'`,
      remedy: 'Omit it to use the engine of the store.',
    });
  return {
    address: url.host,
    tls: tls === 'true',
    ...(namespace && { namespace }),
    ...(queue !== undefined && { queue }),
  };
}
