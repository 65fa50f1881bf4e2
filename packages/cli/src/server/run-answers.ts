import { receiptOf, type TrustOperations } from '@kaizen-eatp/core';
import { isRunTrail } from '@kaizen-eatp/core/checkpoints';
import { jsonMember, TrustLineageChain } from '@kaizen-eatp/core/records';
import type { ListedRun, RunListRequest, TrailEntry } from '@kaizen-eatp/core/store';
import type { RunAnswer, RunSummary, RunsAnswer, TrailEntryJson } from '@kaizen-eatp/viewer';
import { anchorsOf, isEnd, type PlacedAnchor, placed } from '../reading/anchors.js';
import { attempt } from '../reading/rows.js';
import { noRecords, type RunSummary as Summary, withRecord } from '../reading/run-summaries.js';
import type { OpenStore } from '../session/open-store.js';

/** The store and the operations that the answers are read from. */
export interface Source {
  /** The store. */
  readonly store: OpenStore;
  /** The operations over the store. */
  readonly trust: TrustOperations;
  /** Whether the keys of the deployment can be used: receipts are signed with them, and contents of durable runs opened. */
  readonly isUnlocked: boolean;
}

type Query = URLSearchParams;

/** How many runs that have ended are read only once. */
const MOST_KNOWN = 10_000;

/** A run, read from its records. */
interface Read {
  readonly summary: Summary;
  /** The pseudonyms of people, by the digests of what was disclosed of them. */
  readonly people: ReadonlyMap<string, string>;
  readonly verdict: RunSummary['verdict'];
}

/** Answers questions about runs. */
export class RunAnswers {
  /** Runs that have ended, by id and number of records: they do not change. */
  readonly #known = new Map<string, Read>();

  constructor(private readonly source: Source) {}

  /** Lists a page of the runs that match, the newest first. @throws InvalidArgumentError for a value of the query. */
  async list(query: Query): Promise<RunsAnswer> {
    const { runs, next } = await this.source.store.listRuns(requestOf(query));
    return { runs: await Promise.all(runs.map((run) => this.#listed(run))), next };
  }

  /** Returns everything about one run; undefined if there is none. */
  async show(runId: string): Promise<RunAnswer | undefined> {
    if (!isRunTrail(runId)) return undefined;
    const { store } = this.source;
    const entries: TrailEntry[] = [];
    for (let afterSequence = 0; ; ) {
      const page = await store.readTrail(runId, { afterSequence, limit: 500 });
      entries.push(...page);
      if (page.length < 500) break;
      afterSequence = page.at(-1)?.sequence ?? 0;
    }
    const [durable] = await store.findRuns({ runIds: [runId], limit: 1 });
    // A run has no record before its first step has ended, and a durable one waits without any.
    const isThere = entries.length > 0 || durable || (await store.openIntents({ trailId: runId })).length > 0;
    if (!isThere) return undefined;
    const run = await this.#read(runId, entries.map(placed));
    const delegations = await store.findDelegations({ runId });
    const agentIds = new Set([...run.summary.agents, ...delegations.map(({ delegatorId }) => delegatorId)]);
    const { chains, authorities } = await recordsOf(this.source, [...agentIds]);
    const summary = await this.#summary(run, durable?.state);
    return {
      summary: {
        ...summary,
        pattern: summary.pattern ?? durable?.pattern ?? null,
      },
      entries: entries.map(entryJson),
      delegations: delegations.map(({ text, status }) => ({ text, status })),
      chains,
      authorities,
      hasReceipt: this.source.isUnlocked && run.summary.endedAt !== null,
    };
  }

  /** Returns the text of the receipt of an ended run; undefined if there is none, or the keys cannot be used. */
  async receipt(runId: string): Promise<string | undefined> {
    const { store, trust, isUnlocked } = this.source;
    const head = isUnlocked && isRunTrail(runId) ? await store.trailHead(runId) : undefined;
    if (!head || !isEnd(placed(head).anchor)) return undefined;
    return (await receiptOf(trust, runId)).text;
  }

  /** The list says which runs to show; what is shown of a run comes from its records, which only the runs of a page are read for. */
  async #listed({ runId, records, endedAt, isDurable, ...run }: ListedRun): Promise<RunSummary> {
    const key = `${runId} ${records}`;
    const known = endedAt === null ? undefined : this.#known.get(key);
    const read = known ?? (await this.#read(runId, await all(anchorsOf(this.source.store, runId))));
    if (endedAt !== null && !known) this.#keep(key, read);
    const summary = await this.#summary(read, isDurable ? run.state : undefined);
    return { ...summary, pattern: summary.pattern ?? run.pattern };
  }

  async #read(runId: string, records: readonly PlacedAnchor[]): Promise<Read> {
    let summary = noRecords(runId);
    const people = new Map<string, string>();
    for (const record of records) {
      summary = withRecord(summary, record);
      const person = jsonMember(record.anchor?.context, 'person');
      const [digest, pseudonym] = [jsonMember(person, 'digest'), jsonMember(person, 'pseudonym')];
      if (typeof digest === 'string' && typeof pseudonym === 'string') people.set(digest, pseudonym);
    }
    if (records.length === 0) return { summary, people, verdict: 'open' };
    const { problems, state } = await this.source.trust.verifyTrail(runId);
    const verdict = problems.length > 0 ? 'invalid' : state === 'ended' ? 'valid' : 'open';
    return { summary, people, verdict };
  }

  #keep(key: string, read: Read): void {
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(key, read);
  }

  async #summary({ summary, people, verdict }: Read, state?: RunSummary['state']): Promise<RunSummary> {
    const disclosures = await this.source.store.readDisclosures([...people.keys()]);
    return {
      ...summary,
      state: state ?? summary.state,
      taskId: summary.taskId ?? '',
      people: [...people.values()].map((pseudonym, i) => nameIn(disclosures[i]?.text) ?? pseudonym),
      verdict,
    };
  }
}

function nameIn(origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  const name = (JSON.parse(origin) as { display_name?: unknown }).display_name;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The names that the query has for the criteria of a list. */
const CRITERIA = {
  ...{ agent: 'agentId', task: 'taskId', person: 'person', pattern: 'pattern', state: 'state' },
  ...{ action: 'action', result: 'result', cursor: 'cursor' },
} as const;

/** The store refuses what is none of its values. */
function requestOf(query: Query): RunListRequest {
  const given = Object.entries(CRITERIA).flatMap(([name, criterion]) => {
    const value = query.get(name);
    return value === null || value === '' ? [] : [[criterion, value] as const];
  });
  const [limit, since, until] = [query.get('limit'), query.get('from'), query.get('to')];
  return {
    ...Object.fromEntries(given),
    ...(limit && { limit: Number(limit) }),
    ...(since && { since: new Date(since) }),
    ...(until && { until: new Date(until) }),
  };
}

/** Returns an entry of a trail as the page reads it. */
export const entryJson = ({ sequence, previousHash, hash, text }: TrailEntry): TrailEntryJson => ({
  sequence,
  previousHash,
  hash,
  text,
});

/** Reads the chains of agents, and the authorities that signed them, each as the string that was signed. */
export async function recordsOf(
  { store }: Source,
  agentIds: readonly string[],
): Promise<{ chains: string[]; authorities: string[] }> {
  const chains = (await store.readChains(agentIds)).flatMap((stored) => stored?.text ?? []);
  const ids = new Set<string>();
  for (const text of chains) {
    const chain = attempt(() => TrustLineageChain.parse(text));
    if (!chain) continue;
    ids.add(chain.genesis.authorityId);
    for (const { attesterId } of chain.capabilities) ids.add(attesterId);
  }
  const authorities = (await store.readAuthorities([...ids])).flatMap((stored) => stored?.text ?? []);
  return { chains, authorities };
}
