import { parseOptions } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

/** How the connection to the Temporal service is secured. All values are in the form of PEM. */
export interface TemporalTls {
  /** The certificates of the authorities that the server's certificate may come from. Default: those of the system. */
  readonly serverRootCACertificate?: Uint8Array;
  /** The name that the server's certificate must have. Default: the host of the address. */
  readonly serverNameOverride?: string;
  /** The certificate by which this process shows who it is, with its private key. Default: none. */
  readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array };
}

/** Options of {@link TemporalEngine}. */
export interface TemporalEngineOptions {
  /** The `host:port` of the frontend of the Temporal service. */
  readonly address: string;
  /** The namespace; it must exist. Default: `default`. */
  readonly namespace?: string;
  /** The name of the task queue, and the first part of the ids of the workflows. Default: `eatp-runs`. */
  readonly queue?: string;
  /** How the connection is secured; true: by the certificates of the system. Default: not at all. */
  readonly tls?: boolean | TemporalTls;
  /** A key of Temporal Cloud; it needs `tls`. Default: none. */
  readonly apiKey?: string;
  /**
   * How long a worker can be silent before Temporal gives its runs out again, in seconds, from 2. Default: 3. A run can then meet
   * a request that the silent worker had left there; each takes as long again.
   */
  readonly heartbeatSeconds?: number;
  /**
   * How often a run is executed again after deaths of its workers and failures, before it counts as dead. While the trust
   * store fails, nothing is counted. Default: 100.
   */
  readonly retryLimit?: number;
  /** Called with each error of an execution or a worker. Default: a warning of the process. */
  readonly onError?: (error: Error) => unknown;
}

/** {@link TemporalEngineOptions}, complete. */
export type Settings = Required<Omit<TemporalEngineOptions, 'apiKey'>> & {
  readonly apiKey: string | undefined;
};

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'a Uint8Array or Buffer');
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$/, 'letters, digits, hyphens, dots and underscores');
const options = z.strictObject({
  address: z.string().min(1),
  namespace: name.optional(),
  queue: name.optional(),
  tls: z
    .union([
      z.boolean(),
      z.strictObject({
        serverRootCACertificate: bytes.optional(),
        serverNameOverride: z.string().min(1).optional(),
        clientCertPair: z.strictObject({ crt: bytes, key: bytes }).optional(),
      }),
    ])
    .optional(),
  apiKey: z.string().min(1).optional(),
  heartbeatSeconds: z.int().min(2).max(3_600).optional(),
  retryLimit: z.int().min(1).max(1_000_000).optional(),
  onError: z
    .custom<(error: Error) => unknown>((value) => typeof value === 'function', 'a function')
    .optional(),
});

/** @throws InvalidArgumentError. */
export function settingsOf(given: TemporalEngineOptions): Settings {
  const parsed = parseOptions(options, given, 'a Temporal engine') as TemporalEngineOptions;
  return {
    address: parsed.address,
    namespace: parsed.namespace ?? 'default',
    queue: parsed.queue ?? 'eatp-runs',
    tls: parsed.tls ?? false,
    apiKey: parsed.apiKey,
    heartbeatSeconds: parsed.heartbeatSeconds ?? 3,
    retryLimit: parsed.retryLimit ?? 100,
    onError:
      parsed.onError ??
      ((error) => process.emitWarning(`The engine of durable runs reports: ${error.message}`)),
  };
}
