import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvocationContext } from '../agent/agent-like.js';
import type { TrustedAgent } from '../agent/trusted-agent.js';
import type { DelegationRecord } from '../chain/index.js';
import type { Deployment } from '../trust/deployment.js';
import type { CallControl } from './call-control.js';

/** What an agent does through its `TrustedAgent` while it is being invoked goes through the same guard as itself. */
export interface InvocationScope {
  readonly context: InvocationContext;
  readonly authority: ScopeAuthority;
  invoke(agent: TrustedAgent, input: unknown): Promise<unknown>;
  delegate(to: TrustedAgent, request: ScopedDelegation): Promise<DelegationRecord>;
  callTool(agent: TrustedAgent, tool: string, args: unknown): Promise<unknown>;
}

/** On whose authority, and by which delegation, an invocation happens; a run that is started in it rests on the same. */
export interface ScopeAuthority {
  readonly deployment: Deployment;
  readonly agentId: string;
  readonly delegationId: string | null;
  /** Stops with the invocation. */
  readonly control: CallControl;
  /** @throws when the invocation is over. */
  expectUnderWay(): void;
}

export interface ScopedDelegation {
  readonly capabilities: readonly string[];
  readonly additionalConstraints?: readonly string[];
  readonly expiresAt?: Date | string;
}

const scopes = new AsyncLocalStorage<InvocationScope>();

export const currentScope = (): InvocationScope | undefined => scopes.getStore();

/** What the code that asks is in the middle of, if an agent is being invoked. */
export const currentInvocation = (): InvocationContext | undefined => scopes.getStore()?.context;

export const runInScope = <T>(scope: InvocationScope | undefined, work: () => T): T =>
  scopes.run(scope as InvocationScope, work);
