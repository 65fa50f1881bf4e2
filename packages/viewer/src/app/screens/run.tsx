import { useEffect, useState } from 'preact/hooks';
import type { RunAnswer, RunSummary } from '../../api.js';
import { type Model, receiptModel } from '../model/receipt-model.js';
import { LiveRun } from '../model/run-model.js';
import { Checks, Fact, Result, Time } from '../parts/common.js';
import { RunView } from '../parts/run-view.js';
import { UsageFacts } from '../parts/usage.js';
import { ask, askJson, ServerError } from '../server/client.js';
import { followRun, streamState } from '../server/stream.js';
import { info } from '../state.js';
import { Waiting } from './loading.js';

interface Shown {
  readonly summary: RunSummary;
  readonly model: Model;
}

/** One run: live while it is in progress, and verified from its receipt when it has ended. */
export function RunScreen({ id }: { readonly id: string }) {
  const [shown, setShown] = useState<Shown | undefined>(undefined);
  const [problem, setProblem] = useState<ServerError | undefined>(undefined);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let isOver = false;
    setShown(undefined);
    setProblem(undefined);
    void load(id, setShown).then(
      (end) => {
        if (isOver) end();
        else stop = end;
      },
      (thrown) => setProblem(thrown instanceof ServerError ? thrown : new ServerError(0, String(thrown), '')),
    );
    return () => {
      isOver = true;
      stop?.();
    };
  }, [id]);
  if (!shown)
    return (
      <div>
        <h1>Run</h1>
        <Waiting problem={problem} />
      </div>
    );
  const { summary, model } = shown;
  return (
    <div class="run">
      <h1>Run {summary.runId}</h1>
      <dl>
        <Fact name="Task">{summary.taskId}</Fact>
        <Fact name="State">
          <Result is={summary.state} />
          {streamState.value === 'live' && ' (live)'}
          {streamState.value === 'reconnecting' && ' (connecting again)'}
        </Fact>
        <Fact name="Pattern">{summary.pattern ?? 'not known yet'}</Fact>
        <Fact name="Started">
          <Time at={summary.startedAt} />
        </Fact>
        <Fact name="For">{summary.people.join(', ') || 'no person'}</Fact>
        <UsageFacts model={model} />
        <Fact name="Verdict">{verdictOf(summary, model)}</Fact>
      </dl>
      {model.checks.length > 0 && <Checks checks={model.checks} label="Checks of the whole run" />}
      <RunView model={model} />
    </div>
  );
}

function verdictOf({ state }: RunSummary, { isValid, isPinned }: Model): string {
  if (isValid === false) return 'Not valid. The marked records say what is wrong.';
  if (isValid === undefined)
    return state === 'running' || state === 'waiting'
      ? 'Valid so far: the run has not ended.'
      : 'Each record stands at its place and is signed by a key that the server names. It has no receipt of this run.';
  return isPinned
    ? 'Valid, by the keys that this deployment trusts.'
    : 'Consistent; no trusted keys to compare with.';
}

/** Shows a run and follows it. @returns the function that ends this. */
async function load(id: string, show: (shown: Shown) => void): Promise<() => void> {
  const path = `runs/${encodeURIComponent(id)}`;
  const answer = await askJson<RunAnswer>(path);
  const live = new LiveRun(answer.summary.runId, answer.summary.taskId, answer);
  if (answer.hasReceipt) {
    show({ summary: answer.summary, model: await verified(path, live) });
    return () => undefined;
  }
  const { summary } = answer;
  let isDue = false;
  const draw = (): void => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      show({ summary: { ...summary, entries: live.last }, model: live.model() });
    });
  };
  draw();
  return followRun(id, live.last, ({ event, data }) => {
    if (event === 'entry') live.addEntry(data);
    else if (event === 'delegation') live.addDelegation(data);
    else if (event === 'chain') live.addChain(data.text);
    else if (event === 'authority') live.addAuthority(data.text);
    else if (event === 'end') {
      void verified(path, live).then((model) => show({ summary: data, model }));
      return;
    }
    draw();
  });
}

/** The run from its receipt; as it came where the receipt cannot be had. */
async function verified(path: string, live: LiveRun): Promise<Model> {
  try {
    const text = await (await ask(`${path}/receipt`)).text();
    const keys = info.value?.authorities;
    return await receiptModel(text.trim(), keys && Object.keys(keys).length > 0 ? keys : undefined);
  } catch {
    return live.model();
  }
}
