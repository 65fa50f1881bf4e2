import { NoCapableAgentError, RoleOutputError } from '@kaizen-eatp/core/errors';
import type { AgentHandle, DelegationGrant, PatternExecution } from '@kaizen-eatp/core/plugin';
import { type BlackboardState, type Contribution, typeOf } from './blackboard-state.js';
import { type Failure, failureOf } from './failure.js';
import { failed, fanOut, succeeded } from './fan-out.js';
import { givable } from './givable.js';
import { type Selection, selectSpecialists } from './roles/blackboard-controller.js';
import { contributeTo } from './roles/blackboard-specialist.js';
import { selectCapable } from './select-capable.js';

const CONTRIBUTION = 'blackboard_contribution';
const GIVEN = ['analyze', 'contribute', CONTRIBUTION];
const WRITE_ONLY = 'blackboard_write_only';

/** A specialist that was skipped or failed. */
export type BlackboardFailure = Failure & { readonly round: number };

/** The rounds of one run: chooses specialists, verifies them, and collects their contributions. */
export class BlackboardRounds {
  #state: BlackboardState;
  readonly #failures: BlackboardFailure[] = [];
  #capabilities: readonly string[] | undefined;

  constructor(
    private readonly execution: PatternExecution,
    private readonly controller: AgentHandle,
    private readonly specialists: readonly AgentHandle[],
    private readonly constraints: readonly string[],
  ) {
    this.#state = { input: execution.input, contributions: [] };
  }

  /** The specialists that were skipped or failed so far. */
  get failures(): readonly BlackboardFailure[] {
    return [...this.#failures];
  }

  /** The blackboard. */
  get state(): BlackboardState {
    return this.#state;
  }

  /** Plays one round. @returns why the problem is solved, once the controller says that it is. */
  async play(round: number): Promise<{ readonly reason: string } | undefined> {
    const { execution, controller, specialists } = this;
    const view = { round, specialists, failures: [...this.#failures] };
    const selection = await selectSpecialists(execution, controller, this.#state, view);
    if (selection.solved) return { reason: selection.reason ?? 'the controller says that it is solved' };
    const chosen = await this.chosen(round, selection);
    const admitted: AgentHandle[] = [];
    for (const specialist of chosen) if (await this.admit(round, specialist)) admitted.push(specialist);
    if (admitted.length > 0) await this.contribute(round, admitted);
    return undefined;
  }

  /** Says why the problem is not solved after the last round. */
  whyUnsolved(): string {
    const count = this.#state.contributions.length;
    const last = this.#failures.at(-1);
    const trouble = last
      ? `; ${this.#failures.length} skipped or failed, the last one with: ${last.reason}`
      : '';
    return `the rounds are used up, with ${count} contribution${count === 1 ? '' : 's'}${trouble}`;
  }

  /** Finds the specialists that the controller chose: by name, or the first that holds the capability it named. */
  private async chosen(round: number, selection: Selection): Promise<readonly AgentHandle[]> {
    const { execution, controller, specialists } = this;
    if (selection.specialists.length > 0) {
      return [...new Set(selection.specialists.map((name) => this.named(name)))];
    }
    const capability = selection.requiredCapability as string;
    try {
      return [await selectCapable(execution, specialists, capability)];
    } catch (error) {
      if (!(error instanceof NoCapableAgentError)) throw error;
      const considered = (error.evidence.considered as { agent: string }[]).map(({ agent }) => agent);
      await this.skip(round, failureOf(null, error), controller, { considered });
      return [];
    }
  }

  private named(name: string): AgentHandle {
    const found = this.specialists.find((specialist) => specialist.name === name || specialist.id === name);
    if (found) return found;
    const known = this.specialists.map((specialist) => specialist.name).join(', ');
    throw new RoleOutputError(this.controller.name, 'blackboard controller', `one of ${known}`, `'${name}'`);
  }

  private async admit(round: number, specialist: AgentHandle): Promise<boolean> {
    const {
      valid,
      denial,
      reason = 'does not verify',
    } = await this.execution.verify(specialist, CONTRIBUTION);
    if (valid) return true;
    await this.skip(
      round,
      { agent: specialist.name, code: denial?.code ?? 'VERIFICATION_DENIED', reason },
      specialist,
    );
    return false;
  }

  /** Records a skip as denied, in the controller's name: the specialist has no delegation to act under. */
  private async skip(
    round: number,
    failure: Failure,
    about: AgentHandle,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    this.#failures.push({ ...failure, round });
    await this.execution.share(this.controller, failure, {
      action: 'execute',
      details: {
        event: 'specialist_skipped',
        specialist: about.id,
        iteration: round,
        code: failure.code,
        ...more,
      },
      result: 'denied',
    });
  }

  private async contribute(round: number, specialists: readonly AgentHandle[]): Promise<void> {
    const { execution, controller, constraints } = this;
    const given = await this.given();
    const branches = await fanOut(
      execution,
      {
        leader: controller,
        agents: specialists,
        capabilities: given,
        constraints: [WRITE_ONLY, ...constraints],
        event: 'blackboard_contribution_failed',
      },
      (specialist, delegation) => this.contribution(round, specialist, delegation),
    );
    for (const { failure } of failed(branches)) this.#failures.push({ ...failure, round });
    const added = succeeded(branches).map(({ value }) => value);
    this.#state = { ...this.#state, contributions: [...this.#state.contributions, ...added] };
  }

  private async contribution(
    round: number,
    specialist: AgentHandle,
    delegation: DelegationGrant,
  ): Promise<Contribution> {
    const { execution } = this;
    const output = await contributeTo(execution, specialist, this.#state, round, { delegation });
    const type = typeOf(output);
    const details = { iteration: round, contribution_type: type };
    const content = await execution.share(specialist, output, { action: CONTRIBUTION, details });
    return { specialist: specialist.name, round, type, content };
  }

  /** The capabilities to delegate: by name only if they include the contribution, which the record names as the action. */
  private async given(): Promise<readonly string[]> {
    if (!this.#capabilities) {
      const named = await givable(this.execution, this.controller, GIVEN);
      this.#capabilities = named.includes(CONTRIBUTION) ? named : ['execute'];
    }
    return this.#capabilities;
  }
}
