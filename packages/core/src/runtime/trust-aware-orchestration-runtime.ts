import { TrustedAgent } from '../agent/trusted-agent.js';
import type { VerificationLevel } from '../chain/index.js';
import { AgentNotTrustedError, describe, expectOptions, InvalidArgumentError } from '../errors/index.js';
import { currentScope } from '../invocation/scope.js';
import { deploymentOf, TrustOperations } from '../trust/trust-operations.js';
import { expectLevel } from '../trust/verify/verify.js';
import { GuardedRun } from './guarded-run.js';
import { OrchestrationRuntime, type OrchestrationRuntimeOptions } from './orchestration-runtime.js';
import type { Run } from './run.js';
import type { RunDriver } from './run-driver.js';

export interface TrustAwareOrchestrationRuntimeOptions extends OrchestrationRuntimeOptions<TrustedAgent> {
  readonly trust: TrustOperations;
  /** Of the check of every agent before a run. Each step is checked at `standard`. Default: `standard`. */
  readonly verificationLevel?: VerificationLevel;
  /**
   * Whether every agent must be trusted before a run starts, or each only when it acts. Acting is always checked.
   * Default: true.
   */
  readonly requireTrust?: boolean;
}

const OPTIONS: readonly (keyof TrustAwareOrchestrationRuntimeOptions)[] = [
  'agents',
  'patterns',
  'trust',
  'verificationLevel',
  'requireTrust',
  'limits',
];

/**
 * Orchestration in which every step is verified before, and recorded with a signature after (plan, "Trust-Aware
 * OrchestrationRuntime"). One runtime takes any number of executions at once; each has a trail of its own.
 */
export class TrustAwareOrchestrationRuntime extends OrchestrationRuntime<TrustedAgent> {
  readonly #trust: TrustOperations;
  readonly #level: VerificationLevel;
  readonly #requireTrust: boolean;
  readonly #running = new Set<GuardedRun>();
  #unwatch: (() => void) | undefined;

  /** @throws InvalidArgumentError, AgentNotTrustedError for what is not a TrustedAgent, PluginError. */
  constructor(options: TrustAwareOrchestrationRuntimeOptions) {
    super(options);
    expectOptions(options, 'a trust-aware runtime', OPTIONS);
    this.#trust = checkTrust(options.trust);
    this.#level = expectLevel(options.verificationLevel ?? 'standard');
    this.#requireTrust = options.requireTrust ?? true;
    const ids = new Set<string>();
    for (const [name, agent] of Object.entries(this.agents)) {
      if (!(agent instanceof TrustedAgent)) throw new AgentNotTrustedError(name, 'it is not a TrustedAgent');
      if (ids.has(agent.id)) {
        throw new InvalidArgumentError(`Agent '${agent.id}' is given twice`, {
          remedy: 'Give each agent once; agents with the same name have the same id.',
        });
      }
      ids.add(agent.id);
    }
  }

  protected override async drive(run: Run, pattern: string): Promise<RunDriver> {
    for (const agent of Object.values(this.agents)) if (!agent.trustChain) await agent.load();
    const deployment = deploymentOf(this.#trust);
    const around = currentScope()?.authority;
    around?.expectUnderWay();
    return new GuardedRun(deployment, run, {
      outer: around?.deployment === deployment ? around : undefined,
      pattern,
      agents: this.agents,
      level: this.#level,
      requireTrust: this.#requireTrust,
      limits: this.limits,
    });
  }

  protected override async within<T>(driver: RunDriver, work: () => Promise<T>): Promise<T> {
    const run = driver as GuardedRun;
    const release = currentScope()?.authority.control.watchOver(run.control);
    this.#running.add(run);
    this.#unwatch ??= this.#trust.watch((event) => {
      for (const running of this.#running) {
        if (event.type === 'revoked') running.obey(event.revocation);
        else running.recheck();
      }
    });
    try {
      return await work();
    } finally {
      release?.();
      this.#running.delete(run);
      if (this.#running.size === 0) {
        this.#unwatch?.();
        this.#unwatch = undefined;
      }
    }
  }
}

function checkTrust(trust: unknown): TrustOperations {
  if (trust instanceof TrustOperations) return trust;
  throw new InvalidArgumentError('A trust-aware runtime needs `trust`', {
    expected: 'a TrustOperations',
    received: describe(trust),
    remedy: 'Pass the one that established the agents.',
  });
}
