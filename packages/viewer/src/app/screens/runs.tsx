import { signal } from '@preact/signals';
import type { RunSummary, RunsAnswer, RunsQuery } from '../../api.js';
import { Mark, Result, Time } from '../parts/common.js';
import { durationOf } from '../parts/timeline.js';
import { addressOf } from '../state.js';
import { useAnswer, Waiting } from './loading.js';

const filters = signal<RunsQuery>({});
const FIELDS = [
  ['agent', 'Agent'],
  ['person', 'Person'],
  ['action', 'Action'],
] as const;
const TIMES = [
  ['from', 'From'],
  ['to', 'Until'],
] as const;

/** The list of runs, the newest first. */
export function RunsScreen() {
  const query = new URLSearchParams(Object.entries(filters.value).filter(([, value]) => value)).toString();
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
        <label>
          Result{' '}
          <select name="result">
            {['', 'success', 'failure', 'denied', 'partial'].map((result) => (
              <option key={result} value={result}>
                {result || 'any'}
              </option>
            ))}
          </select>
        </label>
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
  if (runs.length === 0) return <p>No run matches.</p>;
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
      {next !== null && (
        <p>
          <button
            type="button"
            onClick={() => {
              filters.value = { ...filters.value, before: next };
            }}
          >
            Older runs
          </button>
        </p>
      )}
    </>
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
