import {
  type AgentFunction,
  type AgentLike,
  type AuditAnchor,
  type Authority,
  type Clock,
  EatpError,
  type ExecuteOptions,
  type HumanOrigin,
  InMemoryKeyManager,
  type OrchestrationResult,
  type RunHandle,
  type ToolFunction,
  TrustAwareOrchestrationRuntime,
  type TrustAwareOrchestrationRuntimeOptions,
  TrustedAgent,
  type TrustedTool,
  TrustOperations,
  type TrustOperationsOptions,
} from '@kaizen-eatp/core';
import { definePattern, type PatternExecution, type PatternExecutor } from '@kaizen-eatp/core/plugin';
import { auditAnchorCodec } from '@kaizen-eatp/core/records';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { suiteStore } from 'suite-store';
import { expect } from 'vitest';

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    probe: Record<string, unknown>;
  }
}

/** A clock that stands still until it is moved. */
export class StoppedClock implements Clock {
  time = Date.parse('2026-03-02T10:00:00Z');

  now = (): number => this.time;

  move(milliseconds: number): void {
    this.time += milliseconds;
  }
}

export const ALICE: HumanOrigin = {
  humanId: 'alice@acme.example',
  displayName: 'Alice',
  authProvider: 'oidc',
  sessionId: 's-1',
  authenticatedAt: '2026-03-02T09:00:00+00:00',
};

export interface AgentSetup {
  readonly capabilities?: readonly string[];
  readonly constraints?: readonly string[];
  readonly tools?: Readonly<Record<string, ToolFunction | TrustedTool>>;
  readonly methods?: readonly string[];
  readonly expiresAt?: Date;
  /** False leaves the agent without a chain. */
  readonly establish?: boolean;
}

type Execute = (execution: PatternExecution<Record<string, never>>) => unknown;
type RuntimeSettings = Partial<Omit<TrustAwareOrchestrationRuntimeOptions, 'agents' | 'patterns' | 'trust'>>;

/** One store with one authority, and what a test needs to put agents and patterns into it. */
export class World {
  readonly clock = new StoppedClock();
  readonly keyManager = new InMemoryKeyManager();
  readonly store: TrustStore;
  readonly trust: TrustOperations;
  authority!: Authority;

  private constructor(options: TrustOperationsOptions) {
    this.store = options.store ?? suiteStore();
    this.trust = new TrustOperations({
      store: this.store,
      clock: this.clock,
      keyManager: this.keyManager,
      recorder: 'org-acme',
      ...options,
    });
  }

  static async make(options: TrustOperationsOptions = {}): Promise<World> {
    const world = new World(options);
    world.authority = await world.trust.createEnterpriseAuthority({ name: 'ACME' });
    return world;
  }

  async agent(
    name: string,
    work: AgentLike | AgentFunction = (input: unknown) => input,
    setup: AgentSetup = {},
  ): Promise<TrustedAgent> {
    const { capabilities = [], constraints, expiresAt, establish = true, tools = {}, methods = [] } = setup;
    const agent = new TrustedAgent({ name, agent: work, trust: this.trust, tools, methods });
    if (establish) {
      await agent.establishTrust({
        authorityId: this.authority.id,
        capabilities,
        ...(constraints && { constraints }),
        ...(expiresAt && { expiresAt }),
      });
    }
    return agent;
  }

  runtime(
    agents: readonly TrustedAgent[],
    execute: Execute,
    settings: RuntimeSettings = {},
  ): TrustAwareOrchestrationRuntime {
    return new TrustAwareOrchestrationRuntime({
      ...settings,
      agents: Object.fromEntries(agents.map((agent) => [agent.name, agent])),
      trust: this.trust,
      patterns: [probe(execute)],
    });
  }

  execute(
    agents: readonly TrustedAgent[],
    execute: Execute,
    options: ExecuteOptions<'probe'> & { readonly settings?: RuntimeSettings; readonly input?: unknown } = {},
  ): Promise<OrchestrationResult> {
    const { settings, input = 'input', ...more } = options;
    return this.runtime(agents, execute, settings).execute(input, { ...more, pattern: 'probe' });
  }

  start(
    agents: readonly TrustedAgent[],
    execute: Execute,
    options: ExecuteOptions<'probe'> & { readonly settings?: RuntimeSettings } = {},
  ): RunHandle {
    const { settings, ...more } = options;
    return this.runtime(agents, execute, settings).start('input', { ...more, pattern: 'probe' });
  }

  /** A trail's anchors as the store holds them, after nothing wrong was found in the trail. */
  async trail(runId: string): Promise<AuditAnchor[]> {
    const verification = await this.trust.verifyTrail(runId);
    expect(verification.problems).toEqual([]);
    const entries = await this.store.readTrail(runId);
    return entries.map((entry) => auditAnchorCodec.decodeText(entry.text));
  }

  /** Returns the trail of a run that failed with this error: the same in the error as in the store, and no open intent. */
  async remains(error: EatpError): Promise<AuditAnchor[]> {
    const { run } = error;
    expect(run, 'an error of execute() carries what the run left').toBeDefined();
    const { runId } = run as NonNullable<typeof run>;
    const trail = await this.trail(runId);
    expect(run?.auditTrail.map((anchor) => (anchor as AuditAnchor).id)).toEqual(trail.map(({ id }) => id));
    expect(await this.store.openIntents({ trailId: runId })).toEqual([]);
    expect(await this.store.findDelegations({ runId, status: 'in_force' })).toEqual([]);
    return trail;
  }
}

export function probe(execute: Execute, name = 'probe'): PatternExecutor<Record<string, never>> {
  return definePattern({ name, execute: async (execution) => execute(execution) });
}

/** The coded error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<EatpError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error(`expected a rejection, got ${String(outcome.value)}`);
  expect(outcome.error).toBeInstanceOf(EatpError);
  return outcome.error as EatpError;
}

/** Waits until something holds, for at most ten seconds. */
export async function eventually(holds: () => unknown): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not happen within ten seconds');
}

/** Returns the anchors in short: `agent action result outcome`. */
export const said = (trail: readonly AuditAnchor[]): string[] =>
  trail.map(({ agentId, action, result, context }) =>
    [agentId.replace('agent-', ''), action, result, context?.outcome].join(' '),
  );

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** A promise that something else resolves. */
export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

export const never = (): Promise<never> => new Promise(() => undefined);
