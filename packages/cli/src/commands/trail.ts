import { SHARED_TRAIL, type TrailVerification } from '@kaizen-eatp/core';
import { isRunTrail } from '@kaizen-eatp/core/checkpoints';
import { notFound, usage } from '../errors.js';
import { counted, table } from '../output/lines.js';
import { anchorFilter, anchorsOf, isEnd, isWanted, type PlacedAnchor, taskOf } from '../reading/anchors.js';
import type { Session } from '../session/session.js';
import { entryJson, type RecordFormat, RecordPrinter } from '../siem/printer.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

interface Summary {
  trail_id: string;
  task_id: string | null;
  entries: number;
  matching: number;
  first_at: string | null;
  last_at: string | null;
  agents: Set<string>;
  denied: number;
  state: 'ended' | 'failed' | 'open' | 'shared';
}

/** Lists the trails that hold a matching record. */
export async function list(session: Session, given: Given): Promise<Outcome> {
  const filter = anchorFilter(given);
  const trails = new Map<string, Summary>();
  let read = 0;
  for await (const placed of anchorsOf(await session.store(), undefined)) {
    read += 1;
    if (read % 1_000 === 0) session.out.progress('Records read:', read);
    const summary = trails.get(placed.trailId) ?? emptySummary(placed.trailId);
    trails.set(placed.trailId, summary);
    note(summary, placed, isWanted(placed, filter));
  }
  const shown = [...trails.values()].filter(({ matching }) => matching > 0);
  return {
    result: {
      trails: shown.map(({ agents, ...summary }) => ({ ...summary, agents: [...agents] })),
      total: shown.length,
    },
    lines: [
      counted(shown.length, 'trail'),
      ...table(
        ['trail', 'state', 'records', 'denied', 'first', 'task', 'agents'],
        shown.map(({ trail_id, state, entries, denied, first_at, task_id, agents }) => [
          trail_id,
          state,
          String(entries),
          String(denied),
          first_at ?? '-',
          task_id ?? '-',
          [...agents].join(', '),
        ]),
      ),
    ],
  };
}

const emptySummary = (trailId: string): Summary => ({
  trail_id: trailId,
  task_id: null,
  entries: 0,
  matching: 0,
  first_at: null,
  last_at: null,
  agents: new Set(),
  denied: 0,
  state: isRunTrail(trailId) ? 'open' : 'shared',
});

function note(summary: Summary, { anchor, trailId }: PlacedAnchor, matches: boolean): void {
  summary.entries += 1;
  if (matches) summary.matching += 1;
  if (!anchor) return;
  summary.first_at ??= anchor.timestamp;
  summary.last_at = anchor.timestamp;
  summary.agents.add(anchor.agentId);
  if (anchor.result === 'denied') summary.denied += 1;
  if (!isRunTrail(trailId)) return;
  summary.task_id ??= taskOf(anchor) ?? null;
  if (isEnd(anchor)) summary.state = anchor.action === 'orchestration_complete' ? 'ended' : 'failed';
}

/** Shows records. */
export async function show(session: Session, given: Given): Promise<Outcome | boolean> {
  const store = await session.store();
  const filter = anchorFilter(given);
  const limit = given.count('limit', { least: 1 }) ?? Number.POSITIVE_INFINITY;
  const trailId = given.optional(0);
  const after = given.count('after') ?? 0;
  if (trailId === undefined && after > 0)
    throw usage('`--after` needs a trail', { remedy: 'Name the trail, or omit --after.' });
  if (trailId !== undefined) await expectTrail(session, trailId);
  const printer = new RecordPrinter(store, formatOf(given));
  const entries: object[] = [];
  let shown = 0;
  for await (const placed of anchorsOf(store, trailId, after)) {
    if (shown >= limit || session.out.isClosed) break;
    if (!isWanted(placed, filter)) continue;
    shown += 1;
    if (session.out.settings.json) entries.push(entryJson(placed));
    else if (formatOf(given) === 'text') await session.out.line(await printer.line(placed));
    else await session.out.raw(`${await printer.line(placed)}\n`);
  }
  if (session.out.settings.json) return { result: { entries, total: shown }, lines: [] };
  session.out.note(counted(shown, 'record'));
  return true;
}

/** Checks one trail, or all. */
export async function verify(session: Session, given: Given): Promise<Outcome> {
  const trust = await session.trust();
  const trailId = given.optional(0);
  if (trailId !== undefined && given.flag('all'))
    throw usage('A trail and --all exclude each other', { remedy: 'Omit one of them.' });
  if (trailId !== undefined) await expectTrail(session, trailId);
  const ids = given.flag('all') ? await trailIds(session) : [trailId ?? SHARED_TRAIL];
  const trails: (TrailVerification & { readonly trail_id: string })[] = [];
  for (const [i, id] of ids.entries()) {
    session.out.progress('Trails checked:', i, ids.length);
    trails.push({ trail_id: id, ...(await trust.verifyTrail(id)) });
  }
  const isSound = ({ trail_id, state, problems }: (typeof trails)[number]): boolean =>
    problems.length === 0 &&
    (state === 'ended' || (state === 'open' && (!isRunTrail(trail_id) || given.flag('allowOpen'))));
  const valid = trails.every(isSound);
  return {
    yes: valid,
    result: given.flag('all')
      ? { valid, trails: trails.map((trail) => ({ ...trail, valid: isSound(trail) })), total: trails.length }
      : { ...trails[0], valid },
    lines: trails.flatMap((trail) => [
      describeTrail(trail, isSound(trail)),
      ...trail.problems.map(({ sequence, code, reason }) => `  ${sequence}: ${code}: ${reason}`),
    ]),
  };
}

function describeTrail(
  { trail_id, state, entries, problems }: TrailVerification & { readonly trail_id: string },
  isSound: boolean,
): string {
  const what = `trail ${trail_id}, ${counted(entries, 'record')}`;
  if (problems.length > 0) return `INVALID: ${what}, ${counted(problems.length, 'problem')}.`;
  if (state === 'open' && isRunTrail(trail_id))
    return `${isSound ? 'VALID' : 'OPEN'}: ${what} so far. The run has not ended, or its end was removed.`;
  return `${isSound ? 'VALID' : 'INVALID'}: ${what}${state === 'missing' ? ', which are missing' : ''}.`;
}

async function trailIds(session: Session): Promise<string[]> {
  const ids = new Set<string>();
  for await (const { trailId } of anchorsOf(await session.store(), undefined)) ids.add(trailId);
  return [...ids];
}

/** @throws CliError `RECORD_NOT_FOUND` for a trail without records; the shared trail may be empty. */
async function expectTrail(session: Session, trailId: string): Promise<void> {
  if (trailId === SHARED_TRAIL || (await (await session.store()).trailHead(trailId))) return;
  throw notFound('trail', trailId, 'List the trails: kaizen-eatp trail list');
}

/** Returns the form in which records are printed. */
export const formatOf = (given: Given): RecordFormat => (given.text('format') ?? 'text') as RecordFormat;
