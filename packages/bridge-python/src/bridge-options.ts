import { isIP } from 'node:net';
import { TrustedAgent, type TrustedAgentOptions, TrustOperations } from '@kaizen-eatp/core';
import { InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { parseOptions } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { type BridgeLogOptions, LOG_LEVELS, type LogLevel } from './bridge-log.js';
import type { TraceSource } from './calls/remote-agent.js';
import { BridgeError } from './errors.js';
import { defaultKeyFile } from './login/bridge-key-file.js';
import { agentName } from './protocol/frame-schemas.js';

/** The few members of an agent registry that the bridge uses; `TrustAwareAgentRegistry` of `@kaizen-eatp/registry` is one. */
export interface AgentDirectory {
  register(agent: TrustedAgent): Promise<string>;
  deregister(agent: TrustedAgent): void;
  heartbeat?(agent: TrustedAgent, state: { readonly healthy: boolean }): void;
}

/** How the runtime treats a Python agent, as for any other `TrustedAgent`. */
export type PythonAgentTerms = Pick<TrustedAgentOptions, 'interrupted' | 'requiresApproval'>;

export interface PythonBridgeOptions {
  /** The trust operations of the deployment that the agents belong to. */
  readonly trust: TrustOperations;
  /** Default: `127.0.0.1`. Any other than a loopback address needs `tls`. */
  readonly host?: string;
  /** Default: 0, any that is free. */
  readonly port?: number;
  /** For `wss`: the certificate chain and its key, as PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Base64 of the seed of the bridge's own key, by which workers know the bridge. Default: the key in `keyFile`. */
  readonly privateKey?: string;
  /**
   * The file with the bridge's own key, made with mode 600 if it does not exist. `false`: the bridge has a new key each
   * time that it starts. Default: `~/.eatp/bridge.key`; `false` with a `port` of 0, where no worker finds it again.
   */
  readonly keyFile?: string | false;
  /** Writes a log of workers that come and go, and of connections that were refused. Default: none. */
  readonly log?: BridgeLogOptions;
  /** By the names of the agents that may join: what the runtime has to know of them. Default: nothing special. */
  readonly agents?: Readonly<Record<string, PythonAgentTerms>>;
  /** Agents that join are registered here, and deregistered when they leave. */
  readonly registry?: AgentDirectory;
  /** Agents that Python may call, by their own names. */
  readonly serves?: readonly TrustedAgent[];
  /**
   * Returns the trace context that crosses with a call. Default: `context.trace`, which an observer of the runtime gives,
   * such as that of `@kaizen-eatp/opentelemetry`; without one, no trace context crosses.
   */
  readonly trace?: TraceSource;
  /** The largest size of a message, either way. Default: 32 MiB. */
  readonly maxMessageBytes?: number;
  /** Calls that wait for an agent. Default: 10,000. */
  readonly maxQueued?: number;
  /** How long a call waits while no worker serves its agent, in milliseconds. Default: 10,000. */
  readonly joinTimeout?: number;
  /** How long a session outlives its connection, in milliseconds. Default: 30,000. */
  readonly grace?: number;
  /** How long a side is silent at most, in milliseconds. Default: 5,000. */
  readonly heartbeat?: number;
  /**
   * Connections that have not logged in yet; beyond, the address with the most of them loses one that has come least far.
   * Default: 256.
   */
  readonly maxPendingLogins?: number;
}

type Optional = 'tls' | 'privateKey' | 'registry' | 'trace' | 'log';

/** The options of a bridge, checked and with their defaults. */
export interface BridgeSettings
  extends Required<Omit<PythonBridgeOptions, Optional | 'serves'>>,
    Pick<PythonBridgeOptions, Optional> {
  readonly serves: ReadonlyMap<string, TrustedAgent>;
}

/** The longest time that Node's timers can wait, in milliseconds. */
const MAX_TIME = 2 ** 31 - 1;

const whole = (least: number, most: number) =>
  z.custom<number>(
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    `a whole number from ${least} to ${most}`,
  );

const pem = z.custom<string | Buffer>(
  (value) => typeof value === 'string' || value instanceof Uint8Array,
  'PEM, as a string or a Buffer',
);

const listenOptions = z.strictObject({
  trust: z.custom<TrustOperations>((value) => value instanceof TrustOperations, 'a TrustOperations'),
  host: z.string().min(1).default('127.0.0.1'),
  port: whole(0, 65_535).default(0),
  tls: z.strictObject({ cert: pem, key: pem }).optional(),
  privateKey: z.string().optional(),
  keyFile: z.union([z.string().min(1), z.literal(false)]).optional(),
  log: z
    .strictObject({
      level: z.enum(LOG_LEVELS as [LogLevel, ...LogLevel[]]).optional(),
      format: z.enum(['text', 'json']).optional(),
      write: z
        .custom<(line: string) => void>((value) => typeof value === 'function', 'a function')
        .optional(),
    })
    .optional(),
  agents: z
    .record(
      agentName,
      z.strictObject({
        interrupted: z.enum(['unknown', 'retry']).optional(),
        requiresApproval: z.custom<PythonAgentTerms['requiresApproval']>(() => true).optional(),
      }),
    )
    .default({}),
  registry: z
    .custom<AgentDirectory>((value) => hasMethods(value, 'register', 'deregister'), 'an agent registry')
    .optional(),
  serves: z
    .array(z.custom<TrustedAgent>((value) => value instanceof TrustedAgent, 'a TrustedAgent'))
    .default([]),
  trace: z.custom<TraceSource>((value) => typeof value === 'function', 'a function').optional(),
  maxMessageBytes: whole(65_536, 2 ** 30).default(32 * 2 ** 20),
  maxQueued: whole(0, 10_000_000).default(10_000),
  joinTimeout: whole(1, MAX_TIME).default(10_000),
  grace: whole(0, MAX_TIME).default(30_000),
  heartbeat: whole(20, MAX_TIME).default(5_000),
  maxPendingLogins: whole(1, 100_000).default(256),
});

/** @throws InvalidArgumentError, BridgeError `BRIDGE_INSECURE`. */
export function parseBridgeOptions(given: PythonBridgeOptions): BridgeSettings {
  const { serves, ...options } = parseOptions(listenOptions, given, 'PythonBridge.listen()');
  const { host, tls, port, keyFile = port === 0 ? false : defaultKeyFile() } = options;
  if (!tls && !isLoopback(host)) {
    throw new BridgeError('BRIDGE_INSECURE', `A bridge on '${host}' could be listened in on`, {
      expected: 'a loopback address, or `tls`',
      received: `'${host}' without \`tls\``,
      remedy: "Pass tls: { cert, key }, or omit `host` to listen on '127.0.0.1'.",
      evidence: { host },
    });
  }
  return {
    ...options,
    keyFile,
    log: options.log as BridgeLogOptions,
    agents: options.agents as BridgeSettings['agents'],
    serves: servedByName(serves),
  };
}

const closeOptions = z.strictObject({ drain: whole(0, MAX_TIME).default(5_000) });

/** @throws InvalidArgumentError. */
export const parseCloseOptions = (
  given: { readonly drain?: number } | undefined,
): { readonly drain: number } => parseOptions(closeOptions, given ?? {}, 'close()');

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

function servedByName(agents: readonly TrustedAgent[]): ReadonlyMap<string, TrustedAgent> {
  const served = new Map<string, TrustedAgent>();
  for (const agent of agents) {
    if (served.has(agent.name)) {
      throw new InvalidArgumentError('Two agents of `serves` have the same name', {
        expected: 'TrustedAgents with different names',
        received: `two agents '${agent.name}'`,
        remedy: 'Serve each agent once, and give each another name.',
      });
    }
    served.set(agent.name, agent);
  }
  return served;
}
