// A plugin with TypeScript's decorators, as compiled with `experimentalDecorators`. Prints 'hello number'.

import { type Clock, TrustedAgent } from '@kaizen-eatp/core';
import { CLOCK, createContainer, inject, type Token } from '@kaizen-eatp/core/container';
import { Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';

const GREETING = Symbol('Greeting') as Token<string>;

@Pattern({ name: 'greet' })
class Greet extends PatternExecutor<Record<string, never>> {
  constructor(
    @inject(GREETING) private readonly greeting: string,
    @inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }
  async execute({ agents, invoke }: PatternExecution<Record<string, never>>): Promise<unknown> {
    return invoke(agents[0]!, `${this.greeting} ${typeof this.clock.now()}`);
  }
}

const { trust, createRuntime } = createContainer({
  patterns: [Greet],
  providers: [{ token: GREETING, useValue: 'hello', forPatterns: true }],
});
const { id } = await trust.createEnterpriseAuthority({ name: 'ACME' });
const alice = new TrustedAgent({ name: 'alice', agent: (input: unknown) => input, trust });
await alice.establishTrust({ authorityId: id, capabilities: ['work'] });
const { result } = await createRuntime({ alice }).execute(1, { pattern: 'greet' as never });
console.log(result);
