import { receiptOf, type TrustOperations } from '@kaizen-eatp/core';
import { isRunTrail } from '@kaizen-eatp/core/checkpoints';
import { jsonMember, TrustLineageChain } from '@kaizen-eatp/core/records';
import type { TrailEntry } from '@kaizen-eatp/core/store';
import type { RunAnswer, RunSummary, RunsAnswer, TrailEntryJson } from '@kaizen-eatp/viewer';
import { anchorsOf, isEnd, isWanted, type PlacedAnchor, placed } from '../reading/anchors.js';
import { attempt } from '../reading/rows.js';
import { type RunSummary as Summary, withRecord } from '../reading/run-summaries.js';
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

/** How long the list of runs is used again, in milliseconds: it takes a look at every record. */
const LISTED_FOR = 1_000;

interface ListedRun {
  readonly summary: Summary;
  readonly placed: readonly PlacedAnchor[];
}

/** Answers questions about runs. */
export class RunAnswers {
  #listed: { readonly at: number; readonly runs: readonly ListedRun[] } | undefined;
  /** The verdicts of ended trails, by run and number of records: they do not change. */
  readonly #verdicts = new Map<string, RunSummary['verdict']>();

  constructor(private readonly source: Source) {}

  /** Lists the runs that match, the newest first. */
  async list(query: Query): Promise<RunsAnswer> {
    const limit = Math.min(200, Math.max(1, Number(query.get('limit') ?? 50) || 50));
    const before = query.get('before');
    const runs = (await this.#runs()).filter((run) => matches(run, query));
    const from = before === null ? 0 : runs.findIndex(({ summary }) => summary.runId === before) + 1;
    const page = runs.slice(from, from + limit);
    return {
      runs: await Promise.all(page.map((run) => this.#summary(run))),
      next: from + limit < runs.length ? (page.at(-1)?.summary.runId ?? null) : null,
    };
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
    if (entries.length === 0) return undefined;
    const run = runOf(entries.map(placed));
    const delegations = await store.findDelegations({ runId });
    const agentIds = new Set([...run.summary.agents, ...delegations.map(({ delegatorId }) => delegatorId)]);
    const { chains, authorities } = await recordsOf(this.source, [...agentIds]);
    return {
      summary: await this.#summary(run),
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

  async #runs(): Promise<readonly ListedRun[]> {
    const now = Date.now();
    if (this.#listed && now - this.#listed.at < LISTED_FOR) return this.#listed.runs;
    const byRun = new Map<string, PlacedAnchor[]>();
    for await (const each of anchorsOf(this.source.store, undefined)) {
      if (!isRunTrail(each.trailId)) continue;
      const trail = byRun.get(each.trailId);
      if (trail) trail.push(each);
      else byRun.set(each.trailId, [each]);
    }
    const runs = [...byRun.values()].map(runOf);
    runs.sort((a, b) => ((a.summary.startedAt ?? '') < (b.summary.startedAt ?? '') ? 1 : -1));
    this.#listed = { at: now, runs };
    return runs;
  }

  async #summary({ summary, placed: records }: ListedRun): Promise<RunSummary> {
    return {
      ...summary,
      state: await this.#state(summary),
      taskId: summary.taskId ?? '',
      people: await this.#people(records),
      verdict: await this.#verdict(summary),
    };
  }

  /** A run in progress can wait for a person or a time. */
  async #state({ runId, state }: Summary): Promise<RunSummary['state']> {
    if (state !== 'running') return state;
    const [run] = await this.source.store.findRuns({ runIds: [runId], limit: 1 });
    return run?.state === 'waiting' ? 'waiting' : state;
  }

  async #verdict({ runId, entries, state }: Summary): Promise<RunSummary['verdict']> {
    const key = `${runId} ${entries}`;
    const known = this.#verdicts.get(key);
    if (known) return known;
    const { problems, state: trail } = await this.source.trust.verifyTrail(runId);
    const verdict = problems.length > 0 ? 'invalid' : trail === 'ended' ? 'valid' : 'open';
    if (state !== 'running') this.#verdicts.set(key, verdict);
    return verdict;
  }

  async #people(records: readonly PlacedAnchor[]): Promise<string[]> {
    const people = new Map<string, string>();
    for (const { anchor } of records) {
      const person = jsonMember(anchor?.context, 'person');
      const [digest, pseudonym] = [jsonMember(person, 'digest'), jsonMember(person, 'pseudonym')];
      if (typeof digest === 'string' && typeof pseudonym === 'string') people.set(digest, pseudonym);
    }
    const disclosures = await this.source.store.readDisclosures([...people.keys()]);
    return [...people.values()].map((pseudonym, i) => nameIn(disclosures[i]?.text) ?? pseudonym);
  }
}

function nameIn(origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  const name = (JSON.parse(origin) as { display_name?: unknown }).display_name;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function runOf(records: readonly PlacedAnchor[]): ListedRun {
  let summary: Summary | undefined;
  for (const each of records) summary = withRecord(summary, each);
  return { summary: summary as Summary, placed: records };
}

function matches({ summary, placed: records }: ListedRun, query: Query): boolean {
  const text = (name: string): string | undefined => query.get(name) || undefined;
  const moment = (name: string): number | undefined => {
    const at = Date.parse(text(name) ?? '');
    return Number.isNaN(at) ? undefined : at;
  };
  const started = Date.parse(summary.startedAt ?? '');
  const [from, to, person] = [moment('from'), moment('to'), text('person')];
  if (from !== undefined && started < from) return false;
  if (to !== undefined && started > to) return false;
  if (person !== undefined && !records.some(({ text: record }) => record.includes(person))) return false;
  const agent = text('agent');
  if (agent !== undefined && !summary.agents.includes(agent)) return false;
  const filter = {
    ...{ agent: undefined, resource: undefined, task: undefined, since: undefined, until: undefined },
    action: text('action'),
    result: text('result') as never,
  };
  return records.some((each) => isWanted(each, filter));
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
