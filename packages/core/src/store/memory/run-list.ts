import { sortByCodePoint } from '../../wire/index.js';
import type { DurableRunState, StoredRun } from '../contract/durable-runs.js';
import { durableRunEntry, runEntryOf } from '../contract/run-entry.js';
import { type ListedRun, type RunListPage, type RunListQuery, runListPage } from '../contract/run-list.js';
import type { TrailEntry } from '../contract/stored-records.js';
import { RunPlaces } from './run-places.js';

type Row = { moment: number } & {
  -readonly [Field in Exclude<keyof ListedRun, 'agents' | 'records'>]: ListedRun[Field];
} & { readonly agents: Set<string>; readonly marks: Set<string> };

/** The runs, by the moments at which they began. */
export class RunList {
  readonly #rows = new Map<string, Row>();
  readonly #all = new RunPlaces<Row>();
  readonly #byMark = new Map<string, RunPlaces<Row>>();

  /** @param recordsOf - returns the number of entries of a trail. */
  constructor(private readonly recordsOf: (runId: string) => number) {}

  /** Returns a page. */
  page(query: RunListQuery): RunListPage {
    const { state, marks } = query;
    const wanted = state === undefined ? marks : [...marks, stateMark(state)];
    let fewest = this.#all;
    for (const mark of wanted) {
      const places = this.#byMark.get(mark);
      if (!places) return runListPage(query, []);
      if (places.size < fewest.size) fewest = places;
    }
    const found: (ListedRun & { readonly moment: number })[] = [];
    for (const row of fewest.newestFirst(query)) {
      if (!wanted.every((mark) => row.marks.has(mark))) continue;
      found.push(this.#shown(row));
      if (found.length > query.limit) break;
    }
    return runListPage(query, found);
  }

  /** Adds what an entry of a trail says. */
  noteEntry({ trailId, sequence, agentId, text }: TrailEntry): void {
    const entry = runEntryOf(trailId, agentId, text);
    if (!entry) return;
    if (sequence === 1) {
      const { at: startedAt, taskId } = entry;
      const known = this.#rows.get(trailId);
      if (known) Object.assign(known, { startedAt, taskId });
      else this.#add(trailId, entry.moment, { startedAt, taskId });
    }
    const row = this.#rows.get(trailId);
    if (!row) return;
    if (entry.isDenial) row.denials += 1;
    if (entry.ended !== null) {
      row.endedAt = entry.at;
      row.pattern = entry.pattern ?? row.pattern;
      if (!row.isDurable) this.#setState(row, entry.ended);
    }
    row.agents.add(agentId);
    for (const mark of [entry.agentMark, ...entry.marks]) this.#mark(row, mark);
  }

  /** Adds a durable run. Its place is where it was submitted. */
  noteRun(run: StoredRun): void {
    const { runId, pattern, state, submittedAt } = run;
    const { moment, marks } = durableRunEntry(run);
    const known = this.#rows.get(runId);
    const row = known ?? this.#add(runId, moment, {});
    if (known) this.#move(known, moment);
    Object.assign(row, { isDurable: true, pattern, submittedAt });
    this.#setState(row, state);
    for (const mark of marks) this.#mark(row, mark);
  }

  /** Notes the state of a durable run. */
  noteState(runId: string, state: DurableRunState | undefined): void {
    const row = this.#rows.get(runId);
    if (row && state !== undefined) this.#setState(row, state);
  }

  /** Removes a run whose records are dropped. */
  drop(runId: string): void {
    const row = this.#rows.get(runId);
    if (!row || row.isDurable) return;
    this.#rows.delete(runId);
    this.#all.remove(row);
    for (const mark of row.marks) this.#unmark(row, mark);
  }

  #add(runId: string, moment: number, more: Partial<Row>): Row {
    const row: Row = {
      ...{ runId, moment, state: 'running', isDurable: false, pattern: null, taskId: null },
      ...{ submittedAt: null, startedAt: null, endedAt: null, denials: 0, ...more },
      ...{ agents: new Set(), marks: new Set() },
    };
    this.#rows.set(runId, row);
    this.#all.add(row);
    this.#mark(row, stateMark(row.state));
    return row;
  }

  #move(row: Row, moment: number): void {
    const marks = [...row.marks];
    this.#all.remove(row);
    for (const mark of marks) this.#unmark(row, mark);
    row.moment = moment;
    this.#all.add(row);
    for (const mark of marks) this.#mark(row, mark);
  }

  #setState(row: Row, state: DurableRunState): void {
    if (row.state === state) return;
    this.#unmark(row, stateMark(row.state));
    row.state = state;
    this.#mark(row, stateMark(state));
  }

  #mark(row: Row, mark: string): void {
    if (row.marks.has(mark)) return;
    row.marks.add(mark);
    let places = this.#byMark.get(mark);
    if (!places) {
      places = new RunPlaces();
      this.#byMark.set(mark, places);
    }
    places.add(row);
  }

  #unmark(row: Row, mark: string): void {
    row.marks.delete(mark);
    const places = this.#byMark.get(mark);
    places?.remove(row);
    if (places?.size === 0) this.#byMark.delete(mark);
  }

  #shown({ marks: _, agents, ...run }: Row): ListedRun & { readonly moment: number } {
    return { ...run, records: this.recordsOf(run.runId), agents: sortByCodePoint([...agents]) };
  }
}

/** No kind of mark is named so. */
const stateMark = (state: DurableRunState): string => `state:${state}`;
