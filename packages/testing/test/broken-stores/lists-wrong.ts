import type { ListedRun, RunListPage, RunListRequest } from '@kaizen-eatp/core/store';
import { ForwardingStore } from '@kaizen-eatp/testing';

// Stores whose list of runs is wrong.

/** Counts the runs of the pages before, so that a run that begins meanwhile moves all others. */
export class PagesByNumber extends ForwardingStore {
  readonly #starts = new Map<string, number>();

  override async listRuns({ limit = 50, cursor, ...criteria }: RunListRequest = {}): Promise<RunListPage> {
    // The store itself refuses what is no cursor and no limit.
    const { next } = await super.listRuns({ ...criteria, limit, ...(cursor !== undefined && { cursor }) });
    const start = cursor === undefined ? 0 : (this.#starts.get(cursor) ?? 0);
    const { runs } = await super.listRuns({ ...criteria, limit: start + limit });
    if (next !== null) this.#starts.set(next, start + limit);
    return { runs: runs.slice(start), next };
  }
}

/** Looks at one mark only. */
export class IgnoresActions extends ForwardingStore {
  override listRuns({ action: _, ...request }: RunListRequest = {}): Promise<RunListPage> {
    return super.listRuns(request);
  }
}

/** Starts again at a cursor that it cannot read. */
export class TakesAnyCursor extends ForwardingStore {
  override async listRuns(request: RunListRequest = {}): Promise<RunListPage> {
    const { cursor: _, ...rest } = request;
    return super.listRuns(request).catch(() => super.listRuns(rest));
  }
}

/** Keeps the state that a run had when it was first listed. */
export class RemembersStates extends ForwardingStore {
  readonly #states = new Map<string, ListedRun['state']>();

  override async listRuns(request?: RunListRequest): Promise<RunListPage> {
    const page = await super.listRuns(request);
    const runs = page.runs.map((run) => {
      const state = this.#states.get(run.runId) ?? run.state;
      this.#states.set(run.runId, state);
      return run.isDurable ? { ...run, state } : run;
    });
    return { ...page, runs };
  }
}
