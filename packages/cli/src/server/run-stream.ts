import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { isEnd, placed } from '../reading/anchors.js';
import { entryJson, type RunAnswers, recordsOf, type Source } from './run-answers.js';

/** How often the store is read, and how often a comment shows that the connection lives, in milliseconds. */
const LOOK = 200;
const COMMENT = 15_000;

/**
 * Sends the records of a run as server-sent events, from the one after a sequence number on, until the run has ended. Each
 * event has the sequence number of the last record sent as its id, so that a client resumes without a gap or a repetition.
 */
export async function streamRun(
  source: Source,
  answers: RunAnswers,
  runId: string,
  after: number,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { store } = source;
  const sent = {
    chains: new Set<string>(),
    authorities: new Set<string>(),
    delegations: new Map<string, string>(),
  };
  let last = after;
  let quietSince = Date.now();
  const send = (event: string, data: object): void => {
    response.write(`event: ${event}\nid: ${last}\ndata: ${JSON.stringify(data)}\n\n`);
    quietSince = Date.now();
  };
  const sendRecords = async (agentIds: readonly string[]): Promise<void> => {
    const { chains, authorities } = await recordsOf(source, agentIds);
    for (const text of authorities) if (!sent.authorities.has(text)) send('authority', { text });
    for (const text of chains) if (!sent.chains.has(text)) send('chain', { text });
    for (const text of authorities) sent.authorities.add(text);
    for (const text of chains) sent.chains.add(text);
  };
  while (!signal.aborted) {
    const page = await store.readTrail(runId, { afterSequence: last, limit: 200 });
    if (page.length > 0) {
      const delegations = await store.findDelegations({ runId });
      await sendRecords([
        ...new Set(
          [...page, ...delegations.map(({ delegatorId: agentId }) => ({ agentId }))].map(
            ({ agentId }) => agentId,
          ),
        ),
      ]);
      for (const { delegationId, text, status } of delegations) {
        if (sent.delegations.get(delegationId) === status) continue;
        sent.delegations.set(delegationId, status);
        send('delegation', { text, status });
      }
    }
    for (const entry of page) {
      last = entry.sequence;
      send('entry', entryJson(entry));
      if (!isEnd(placed(entry).anchor)) continue;
      const run = await answers.show(runId);
      if (run) send('end', run.summary);
      response.end();
      return;
    }
    if (page.length === 0) {
      // A run that had ended before the client asked again has nothing further to send.
      const head =
        last > 0 ? (await store.readTrail(runId, { afterSequence: last - 1, limit: 1 }))[0] : undefined;
      if (head && isEnd(placed(head).anchor)) {
        const run = await answers.show(runId);
        if (run) send('end', run.summary);
        response.end();
        return;
      }
      if (Date.now() - quietSince > COMMENT) {
        response.write(': still here\n\n');
        quietSince = Date.now();
      }
      await wait(LOOK, undefined, { signal }).catch(() => undefined);
    }
  }
}
