import type { AgentUsage } from '@kaizen-eatp/core/records';
import type { Model } from '../model/receipt-model.js';
import { usageOf } from '../model/usage.js';
import { Fact } from './common.js';

/** What the agents of a run reported that they used, by the records that are shown. */
export function UsageFacts({ model }: { readonly model: Model }) {
  const usage = usageOf(model);
  if (usage === undefined) return <Fact name="Usage">A record of it cannot be read.</Fact>;
  const agents = Object.entries(usage.agents);
  if (agents.length === 0) return null;
  return (
    <>
      <Fact name="Usage">{describe(usage)}</Fact>
      {agents.map(([id, used]) => (
        <Fact name={`Usage of ${id}`} key={id}>
          {describe(used)}
        </Fact>
      ))}
    </>
  );
}

const describe = ({ tokens, cost }: AgentUsage): string =>
  `${tokens.toLocaleString('en-US')} tokens, cost ${cost}`;
