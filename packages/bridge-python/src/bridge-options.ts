import { isIP } from 'node:net';
import { TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { describe, expectObject, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import type { TraceSource } from './calls/remote-agent.js';
import { BridgeError } from './errors.js';

/** The few members of an agent registry that the bridge uses; `TrustAwareAgentRegistry` of `@kaizen-eatp/registry` is one. */
export interface AgentDirectory {
  register(agent: TrustedAgent): Promise<string>;
  deregister(agent: TrustedAgent): void;
  heartbeat?(agent: TrustedAgent, state: { readonly healthy: boolean }): void;
}

export interface PythonBridgeOptions {
  /** Of the deployment that the agents belong to. */
  readonly trust: TrustOperations;
  /** Default: `127.0.0.1`. Any other than a loopback address needs `tls`. */
  readonly host?: string;
  /** Default: 0, any that is free. */
  readonly port?: number;
  /** For `wss`: the certificate chain and its key, as PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Base64 of the seed of the bridge's own key. Default: a new one; then workers cannot know the bridge again. */
  readonly privateKey?: string;
  /** Agents that join are registered here, and deregistered when they leave. */
  readonly registry?: AgentDirectory;
  /** Agents that Python may call, by their own names. */
  readonly serves?: readonly TrustedAgent[];
  /** Trace context of whoever traces. Default: one trace for each run, one span for each invocation. */
  readonly trace?: TraceSource;
  /** Of a message, either way. Default: 32 MiB. */
  readonly maxMessageBytes?: number;
  /** Calls that wait for an agent. Default: 10,000. */
  readonly maxQueued?: number;
  /** How long a call waits while nobody brings its agent, in milliseconds. Default: 10,000. */
  readonly joinTimeout?: number;
  /** How long a session outlives its connection, in milliseconds. Default: 30,000. */
  readonly grace?: number;
  /** After how long without a word one is said, in milliseconds. Default: 5,000. */
  readonly heartbeat?: number;
  /** Connections that have not logged in yet; beyond, the oldest are ended. Default: 256. */
  readonly maxPendingLogins?: number;
}

export interface BridgeSettings
  extends Required<Omit<PythonBridgeOptions, 'tls' | 'privateKey' | 'registry' | 'trace' | 'serves'>>,
    Pick<PythonBridgeOptions, 'tls' | 'privateKey' | 'registry' | 'trace'> {
  readonly serves: ReadonlyMap<string, TrustedAgent>;
}

/** @throws InvalidArgumentError, BridgeError `BRIDGE_INSECURE`. */
export function checkBridgeOptions(options: PythonBridgeOptions): BridgeSettings {
  expectObject(options, 'a bridge', '{ trust }');
  if (!(options.trust instanceof TrustOperations)) {
    throw new InvalidArgumentError('A bridge needs `trust`', {
      expected: 'a TrustOperations',
      received: describe(options.trust),
      remedy: 'Pass the one that the runtime uses.',
    });
  }
  const { host = '127.0.0.1', tls } = options;
  if (!tls && !isLoopback(host)) {
    throw new BridgeError('BRIDGE_INSECURE', `A bridge on '${host}' could be listened in on`, {
      expected: 'a loopback address, or `tls`',
      received: `'${host}' without \`tls\``,
      remedy: "Pass tls: { cert, key }, or leave `host` out for '127.0.0.1'.",
      evidence: { host },
    });
  }
  return {
    ...options,
    host,
    port: number('port', options.port, 0, 0, 65_535),
    serves: servedByName(options.serves ?? []),
    maxMessageBytes: number('maxMessageBytes', options.maxMessageBytes, 32 * 2 ** 20, 65_536, 2 ** 30),
    maxQueued: number('maxQueued', options.maxQueued, 10_000, 0, 10_000_000),
    joinTimeout: number('joinTimeout', options.joinTimeout, 10_000, 1, MAX_TIME),
    grace: number('grace', options.grace, 30_000, 0, MAX_TIME),
    heartbeat: number('heartbeat', options.heartbeat, 5_000, 20, MAX_TIME),
    maxPendingLogins: number('maxPendingLogins', options.maxPendingLogins, 256, 1, 100_000),
  };
}

const MAX_TIME = 2 ** 31 - 1;

function number(
  name: string,
  value: number | undefined,
  fallback: number,
  least: number,
  most: number,
): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`\`${name}\` is out of range`, {
    expected: `a whole number from ${least} to ${most}`,
    received: describe(value),
    remedy: `Leave it out for ${fallback}.`,
  });
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

function servedByName(agents: readonly TrustedAgent[]): ReadonlyMap<string, TrustedAgent> {
  const served = new Map<string, TrustedAgent>();
  for (const agent of agents) {
    if (!(agent instanceof TrustedAgent) || served.has(agent.name)) {
      throw new InvalidArgumentError('`serves` holds what cannot be served', {
        expected: 'TrustedAgents with names of their own',
        received: agent instanceof TrustedAgent ? `two agents '${agent.name}'` : describe(agent),
        remedy: 'Wrap each in a TrustedAgent, and name each once.',
      });
    }
    served.set(agent.name, agent);
  }
  return served;
}
