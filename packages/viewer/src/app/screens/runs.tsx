import { signal } from '@preact/signals';
import type { RunSummary, RunsAnswer, RunsQuery } from '../../api.js';
import { Mark, Result, Time } from '../parts/common.js';
import { durationOf } from '../parts/timeline.js';
import { addressOf } from '../state.js';
import { useAnswer, Waiting } from './loading.js';

const filters = signal<RunsQuery>({});
/** The cursors of the pages that were turned to, the present one last. None: the newest runs. */
const turned = signal<readonly string[]>([]);
const FIELDS = [
  ['agent', 'Agent'],
  ['task', 'Task'],
  ['pattern', 'Pattern'],
  ['person', 'Person'],
  ['action', 'Action'],
] as const;
const TIMES = [
  ['from', 'From'],
  ['to', 'Until'],
] as const;

const CHOICES = [
  ['state', 'State', ['queued', 'running', 'waiting', 'withheld', 'succeeded', 'failed', 'cancelled']],
  ['result', 'Result', ['success', 'failure', 'denied', 'partial']],
] as const;

/** The list of runs, the newest first. */
export function RunsScreen() {
  const cursor = turned.value.at(-1);
  const wanted = { ...filters.value, ...(cursor !== undefined && { cursor }) };
  const query = new URLSearchParams(wanted).toString();
  const { data, problem } = useAnswer<RunsAnswer>(`runs${query ? `?${query}` : ''}`);
  return (
    <div class="runs">
      <h1>Runs</h1>
      <form
        class="filters"
        aria-label="Filters"
        onSubmit={(event) => {
          event.preventDefault();
          filters.value = queryOf(new FormData(event.currentTarget));
          turned.value = [];
        }}
      >
        {FIELDS.map(([name, label]) => (
          <label key={name}>
            {label} <input name={name} type="text" />
          </label>
        ))}
        {TIMES.map(([name, label]) => (
          <label key={name}>
            {label} <input name={name} type="datetime-local" />
          </label>
        ))}
        {CHOICES.map(([name, label, choices]) => (
          <label key={name}>
            {label}{' '}
            <select name={name}>
              {['', ...choices].map((choice) => (
                <option key={choice} value={choice}>
                  {choice || 'any'}
                </option>
              ))}
            </select>
          </label>
        ))}
        <button type="submit">Filter</button>
      </form>
      {data ? <Table {...data} /> : <Waiting problem={problem} />}
    </div>
  );
}

function queryOf(form: FormData): RunsQuery {
  const entries = [...form].flatMap(([name, value]) => {
    const text = String(value).trim();
    if (text === '') return [];
    return [[name, name === 'from' || name === 'to' ? new Date(text).toISOString() : text]];
  });
  return Object.fromEntries(entries) as RunsQuery;
}

function Table({ runs, next }: RunsAnswer) {
  if (runs.length === 0)
    return (
      <>
        <p>No run matches.</p>
        <Pages next={next} />
      </>
    );
  return (
    <>
      <div class="scroll" tabIndex={0} role="group" aria-label="Table of runs, scrollable">
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">State</th>
              <th scope="col">Pattern</th>
              <th scope="col">Started</th>
              <th scope="col">Duration</th>
              <th scope="col">Records</th>
              <th scope="col">Denied</th>
              <th scope="col">For</th>
              <th scope="col">Trail</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <Row key={run.runId} run={run} />
            ))}
          </tbody>
        </table>
      </div>
      <Pages next={next} />
    </>
  );
}

function Pages({ next }: Pick<RunsAnswer, 'next'>) {
  const pages = turned.value;
  if (next === null && pages.length === 0) return null;
  const turn = (to: readonly string[]) => () => {
    turned.value = to;
  };
  return (
    <nav class="pages" aria-label="Pages of runs">
      <button type="button" disabled={pages.length === 0} onClick={turn(pages.slice(0, -1))}>
        Newer runs
      </button>
      <button type="button" disabled={next === null} onClick={turn(next === null ? pages : [...pages, next])}>
        Older runs
      </button>
    </nav>
  );
}

function Row({ run }: { readonly run: RunSummary }) {
  const { runId, taskId, state, pattern, startedAt, endedAt, entries, denials, people, verdict } = run;
  const duration = startedAt && endedAt ? durationOf(Date.parse(endedAt) - Date.parse(startedAt)) : '–';
  return (
    <tr>
      <th scope="row">
        <a href={addressOf({ screen: 'run', id: runId })}>{runId}</a>
        <div class="quiet">{taskId}</div>
      </th>
      <td>
        <Result is={state} />
      </td>
      <td>{pattern ?? '–'}</td>
      <td>
        <Time at={startedAt} />
      </td>
      <td>{duration}</td>
      <td>{entries}</td>
      <td class={denials > 0 ? 'denied' : undefined}>{denials}</td>
      <td>{people.join(', ') || '–'}</td>
      <td>
        <Mark is={verdict === 'valid' ? true : verdict === 'invalid' ? false : undefined} /> {verdict}
      </td>
    </tr>
  );
}
