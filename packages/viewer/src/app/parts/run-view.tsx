import { entriesOf, type Model } from '../model/receipt-model.js';
import { select, selected, selectedAgent } from '../state.js';
import { EntryMark } from './common.js';
import { Details } from './details.js';
import { DelegationGraph } from './graph.js';
import { Timeline } from './timeline.js';

/** The records of a run: its graph, its trail, and the selected record. */
export function RunView({ model }: { readonly model: Model }) {
  const agentId = selectedAgent.value;
  const key = selected.value;
  const entry = entriesOf(model).find((one) =>
    key !== undefined ? one.key === key : one.kind === 'chain' && one.data?.agentId === agentId,
  );
  return (
    <div class="run-view">
      <DelegationGraph model={model} />
      <div class="columns">
        <div>
          <Timeline anchors={model.anchors} />
          <Others model={model} />
        </div>
        <Details entry={entry} />
      </div>
    </div>
  );
}

function Others({ model }: { readonly model: Model }) {
  const entries = [...model.delegations, ...model.others];
  if (entries.length === 0) return null;
  return (
    <section class="others" aria-labelledby="others-title">
      <h2 id="others-title">Delegations, chains and authorities</h2>
      <ul class="records">
        {entries.map((entry) => (
          <li key={entry.key}>
            <button
              type="button"
              class={`record ${entry.key === selected.value ? 'chosen' : ''}`}
              aria-pressed={entry.key === selected.value}
              data-key={entry.key}
              onClick={() => select(entry.key === selected.value ? undefined : entry.key)}
            >
              <EntryMark entry={entry} />
              <span class="kind">{entry.kind}</span>
              <span class="action">{entry.title}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
