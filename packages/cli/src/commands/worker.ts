import { worker as startWorker } from '@kaizen-eatp/core/durable';
import { allPatterns } from '@kaizen-eatp/patterns';
import { agentsOf } from '../runs/agents.js';
import { engineOf } from '../runs/engine.js';
import { temporalSpecOf } from '../runs/engine-spec.js';
import type { Session } from '../session/session.js';
import type { Given } from '../spec/given.js';

/** Executes durable runs until it is interrupted. */
export async function worker(session: Session, given: Given): Promise<boolean> {
  const named = given.text('engine');
  if (named !== undefined) temporalSpecOf(named);
  const trust = await session.trust();
  const agents = await agentsOf(given, trust);
  const concurrency = given.count('concurrency', { least: 1 });
  const retention = given.duration('retention');
  const engine = await engineOf(session, named);
  const running = await startWorker({
    agents,
    trust,
    patterns: allPatterns,
    ...(engine && { engine }),
    ...(concurrency !== undefined && { concurrency }),
    ...(retention !== undefined && { retention }),
    drainTimeout: given.duration('drainTimeout') ?? 30_000,
  });
  session.atEnd(() => running.stop());
  const { out } = session;
  if (out.settings.json)
    await out.raw(
      `${JSON.stringify({ ok: true, result: { type: 'serving', agents: Object.keys(agents) } })}\n`,
    );
  else await out.line(`Serving ${Object.keys(agents).join(', ')}`);
  await session.serve();
  return true;
}
