import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Receipt } from '@kaizen-eatp/core/receipt';
import { auditAnchorCodec, TrustLineageChain } from '@kaizen-eatp/core/records';
import type {
  AgentAnswer,
  AgentsAnswer,
  ApprovalsAnswer,
  DeploymentAnswer,
  InfoAnswer,
  RunAnswer,
  RunStreamEvent,
  RunSummary,
  RunsAnswer,
  TrailEntryJson,
} from '@kaizen-eatp/viewer';
import { viewerHtml } from '@kaizen-eatp/viewer';
import { onTestFinished } from 'vitest';
import type { World } from '../../../core/test/runtime/world.js';

export const TOKEN = 'test-token';

/** Everything that the server answers with. */
export interface Answers {
  readonly info: InfoAnswer;
  readonly runs: RunsAnswer;
  /** How many runs a page has. Default: all. */
  readonly runsOfPage?: number;
  readonly run: RunAnswer;
  readonly receipt: string;
  readonly agents: AgentsAnswer;
  readonly agent: AgentAnswer;
  readonly approvals: ApprovalsAnswer;
}

/** Answers from the store of a world in which one run has ended. */
export async function answersOf(world: World, runId: string, receipt: Receipt): Promise<Answers> {
  const stored = await world.store.readTrail(runId, { limit: 100_000 });
  const entries = stored.map(({ sequence, previousHash, hash, text }) => ({
    sequence,
    previousHash,
    hash,
    text,
  }));
  const anchors = entries.map(({ text }) => auditAnchorCodec.decodeText(text));
  const agentIds = [...new Set(anchors.map(({ agentId }) => agentId))];
  const chains = (await world.store.readChains(agentIds)).flatMap((chain) => chain?.text ?? []);
  const authorities = (await world.store.readAuthorities([world.authority.id])).flatMap(
    (one) => one?.text ?? [],
  );
  const delegations = await world.store.findDelegations({ runId });
  const summary: RunSummary = {
    runId,
    taskId: receipt.taskId,
    pattern: 'probe',
    state: 'succeeded',
    startedAt: anchors[0]?.timestamp ?? null,
    endedAt: anchors.at(-1)?.timestamp ?? null,
    entries: entries.length,
    denials: anchors.filter(({ result }) => result === 'denied').length,
    agents: agentIds,
    people: ['Alice'],
    verdict: 'valid',
  };
  const [first = ''] = chains;
  const { agentId } = TrustLineageChain.parse(first);
  return {
    info: {
      api: 1,
      name: 'ACME',
      readOnly: true,
      approvals: true,
      approver: null,
      authorities: { [world.authority.id]: world.authority.publicKey },
    },
    runs: {
      runs: [summary, { ...summary, runId: 'run-2', state: 'waiting', verdict: 'open', endedAt: null }],
      next: null,
    },
    run: {
      summary,
      entries,
      delegations: delegations.map(({ text, status }) => ({ text, status })),
      chains,
      authorities,
      hasReceipt: true,
    },
    receipt: receipt.text,
    agents: {
      agents: agentIds.map((id) => ({
        agentId: id,
        authorityId: world.authority.id,
        state: 'active' as const,
      })),
    },
    agent: {
      agentId,
      authorityId: world.authority.id,
      state: 'active',
      chain: first,
      fault: null,
      authorities,
      stops: {
        agents: agentIds.slice(1),
        delegations: delegations.map(({ delegationId, delegatorId, delegateeId, taskId }) => ({
          id: delegationId,
          from: delegatorId,
          to: delegateeId,
          taskId,
          capabilities: ['send_mail'],
        })),
        runs: ['run-2'],
      },
    },
    approvals: {
      unreadable: [{ runId: 'run-spoilt', code: 'RUN_DAMAGED', reason: 'it was changed' }],
      approvals: [
        {
          id: 'run-2/4',
          runId: 'run-2',
          digest: 'a'.repeat(64),
          agentId,
          action: 'pay',
          input: JSON.stringify({ amount: 1_200, currency: 'EUR', to: 'Example Ltd' }),
          reason: 'The invoice exceeds the limit of 1,000 EUR.',
          waitingSince: '2026-03-02T10:00:00+00:00',
          expiresAt: '2026-03-09T10:00:00+00:00',
          approvers: ['person-bob', 'person-carol'],
          escalation: { from: '2026-03-04T10:00:00+00:00', approvers: ['person-dana'] },
          required: 2,
          answered: ['person-carol'],
        },
      ],
    },
  };
}

const DEPLOYMENT: DeploymentAnswer = {
  authorities: [
    { id: 'org-acme', name: 'ACME', publicKey: 'A'.repeat(43), isActive: true, isPinned: true },
    { id: 'org-old', name: 'Old', publicKey: 'B'.repeat(43), isActive: false, isPinned: false },
  ],
  revocations: [
    {
      at: '2026-03-02T10:00:00+00:00',
      action: 'revoke_agent',
      subject: 'agent-gone',
      reason: 'left the company',
    },
  ],
  findings: [],
  checkpoint: {
    size: 12,
    findings: [{ code: 'TRAIL_CHANGED', subject: 'run-1', reason: 'entry 3 is missing' }],
  },
};

type Events = (request: IncomingMessage, response: ServerResponse, after: number) => void;

/** A server as the README describes it. @returns the address that it prints. */
export async function serve(answers: Answers, events?: Events): Promise<string> {
  const json = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (pathname === '/') {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
      response.end(viewerHtml());
      return;
    }
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      json(response, 401, {
        error: { code: 'TOKEN', message: 'The token is wrong.', remedy: 'Open the printed address.' },
      });
      return;
    }
    const [, , kind, id, part] = pathname.split('/').map(decodeURIComponent);
    if (kind === 'runs' && part === 'events') events?.(request, response, Number(searchParams.get('after')));
    else if (kind === 'runs' && part === 'receipt') json(response, 200, answers.receipt);
    else if (kind === 'runs' && id !== undefined) json(response, 200, answers.run);
    else if (kind === 'runs') {
      const agent = searchParams.get('agent');
      const runs = answers.runs.runs.filter(({ agents }) => agent === null || agents.includes(agent));
      const [limit, start] = [answers.runsOfPage ?? runs.length, Number(searchParams.get('cursor') ?? 0)];
      const next = start + limit < runs.length ? String(start + limit) : null;
      json(response, 200, { runs: runs.slice(start, start + limit), next });
    } else if (kind === 'deployment') json(response, 200, DEPLOYMENT);
    else if (kind === 'agents') json(response, 200, id === undefined ? answers.agents : answers.agent);
    else if (kind === 'approvals') json(response, 200, answers.approvals);
    else json(response, 200, answers.info);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/#token=${TOKEN}`;
}

/** Writes an event. */
export const written = (id: number, { event, data }: RunStreamEvent): string =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/**
 * Streams the records of a run, and cuts the connection many times, each time in the middle of an event. The server
 * also repeats the record that a resuming page knows already.
 */
export function cutting(entries: readonly TrailEntryJson[], end: RunSummary, cuts: number) {
  const every = Math.floor(entries.length / (cuts + 1));
  const connections: number[] = [];
  const events: Events = (_request, response, after) => {
    connections.push(after);
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    const isLast = connections.length > cuts;
    const until = isLast ? entries.length : Math.min(after + every, entries.length);
    let text = ': hello\n\n';
    for (const entry of entries.slice(Math.max(0, after - 1), until))
      text += written(entry.sequence, { event: 'entry', data: entry });
    if (isLast) response.end(text + written(entries.length, { event: 'end', data: end }));
    else {
      const next = entries[until] as TrailEntryJson;
      const half = written(next.sequence, { event: 'entry', data: next });
      response.write(text + half.slice(0, half.length / 2), () => setTimeout(() => response.destroy(), 5));
    }
  };
  return { events, connections };
}
