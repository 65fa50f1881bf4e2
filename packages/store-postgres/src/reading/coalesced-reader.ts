import { isStorableText, type ReadRequest, type ReadResult } from '@kaizen-eatp/core/store';
import { type FoundRecords, HEAD, revocationKey, type WantedRecords } from './read-statement.js';

interface Waiting {
  readonly request: ReadRequest;
  resolve(result: ReadResult): void;
  reject(error: unknown): void;
}

/** Statements that may be under way at once; requests that come meanwhile go together in the next. */
const AT_ONCE = 2;

/**
 * Reads what requests name. Requests that come while others are under way become one statement, so that many
 * concurrent runs do not cost many round trips. Nothing is kept: each answer is from after its request.
 */
export class CoalescedReader {
  #waiting: Waiting[] = [];
  #underWay = 0;

  /** @param ask - reads records of one moment. */
  constructor(private readonly ask: (wanted: WantedRecords) => Promise<FoundRecords>) {}

  read(request: ReadRequest): Promise<ReadResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#underWay < AT_ONCE) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#underWay += 1;
    // Requests of the same turn go together from the start.
    await undefined;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        const found = await this.ask(wantedBy(group.map(({ request }) => request)));
        for (const { request, resolve } of group) resolve(answer(request, found));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#underWay -= 1;
  }
}

/** A text that cannot be stored matches nothing, and must not be sent: encoding it would make it another text. */
function wantedBy(requests: readonly ReadRequest[]): WantedRecords {
  const chains = new Set<string>();
  const authorities = new Set<string>();
  const delegationPaths = new Set<string>();
  const revocations = new Map<string, readonly [string, string]>();
  const statementsHead = new Set<string>();
  for (const request of requests) {
    if (request.statementsHead === true) statementsHead.add(HEAD);
    for (const id of request.chains ?? []) if (isStorableText(id)) chains.add(id);
    for (const id of request.authorities ?? []) if (isStorableText(id)) authorities.add(id);
    for (const id of request.delegationPaths ?? []) if (isStorableText(id)) delegationPaths.add(id);
    for (const { kind, subjectIds } of request.revocations ?? []) {
      for (const id of subjectIds)
        if (isStorableText(id)) revocations.set(revocationKey(kind, id), [kind, id]);
    }
  }
  return { chains, authorities, delegationPaths, revocations, statementsHead };
}

function answer(request: ReadRequest, found: FoundRecords): ReadResult {
  const { chains = [], authorities = [], delegationPaths = [], revocations = [] } = request;
  const head = request.statementsHead === true ? found.statementsHead.get(HEAD) : undefined;
  return {
    chains: chains.map((id) => found.chains.get(id)),
    authorities: authorities.map((id) => found.authorities.get(id)),
    delegationPaths: delegationPaths.map((id) => [...(found.delegationPaths.get(id) ?? [])]),
    revocations: revocations.map(({ kind, subjectIds }) =>
      subjectIds.flatMap((id) => found.revocations.get(revocationKey(kind, id)) ?? []),
    ),
    ...(head && { statementsHead: head }),
  };
}
