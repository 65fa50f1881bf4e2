import {
  type AgentFunction,
  type Authority,
  type RunEvent,
  TrustAwareWorkflowBuilder,
  type TrustAwareWorkflowBuilderOptions,
  TrustedAgent,
  type TrustedAgentOptions,
  TrustOperations,
  type TrustOperationsOptions,
} from '@kaizen-eatp/core';
import { suiteStore } from 'suite-store';

interface Member {
  readonly can?: readonly string[];
  readonly under?: readonly string[];
  readonly does?: AgentFunction | TrustedAgentOptions['agent'];
  readonly tools?: TrustedAgentOptions['tools'];
}

/** Trust, an authority and agents by name. An agent says who it is and what it was given, unless it does something. */
export class Team {
  readonly trust: TrustOperations;
  readonly events: RunEvent[] = [];
  acme!: Authority;

  private constructor(options: TrustOperationsOptions) {
    this.trust = new TrustOperations({ store: suiteStore(), ...options });
  }

  static async make(options: TrustOperationsOptions = {}): Promise<Team> {
    const team = new Team(options);
    team.acme = await team.trust.createEnterpriseAuthority({ name: 'acme' });
    return team;
  }

  async agent(name: string, { can = [], under = [], does, tools = {} }: Member = {}): Promise<TrustedAgent> {
    const agent = new TrustedAgent({
      name,
      agent: does ?? ((input: unknown) => ({ [name]: input })),
      trust: this.trust,
      tools,
    });
    await agent.establishTrust({ authorityId: this.acme.id, capabilities: can, constraints: under });
    return agent;
  }

  builder(options: Partial<TrustAwareWorkflowBuilderOptions> = {}): TrustAwareWorkflowBuilder {
    return new TrustAwareWorkflowBuilder(this.trust, options);
  }

  readonly onEvent = (event: RunEvent): void => {
    this.events.push(event);
  };

  started(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'invocation_started' ? event.agentId.replace('agent-', '') : [],
    );
  }
}
