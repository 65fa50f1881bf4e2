import { TrustChainNotFoundError } from '@kaizen-eatp/core/errors';
import { counted } from '../output/lines.js';
import { anchorFilter, anchorsOf, isWanted, type PlacedAnchor } from '../reading/anchors.js';
import type { Session } from '../session/session.js';
import { describeEntry } from '../siem/printer.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Shows what an agent did. */
export async function audit(session: Session, given: Given): Promise<Outcome> {
  const agentId = given.argument(0);
  const limit = given.count('limit', { least: 1 }) ?? 50;
  const filter = { ...anchorFilter(given), agent: agentId };
  const store = await session.store();
  const found: PlacedAnchor[] = [];
  for await (const placed of anchorsOf(store, undefined)) if (isWanted(placed, filter)) found.push(placed);
  const [stored] = await store.readChains([agentId]);
  if (!stored && found.length === 0) throw new TrustChainNotFoundError(agentId);
  found.sort((a, b) => ((a.anchor?.timestamp ?? '') < (b.anchor?.timestamp ?? '') ? -1 : 1));
  const shown = found.slice(0, limit);
  return {
    result: {
      agent_id: agentId,
      audit_trail: shown.flatMap(({ anchor, trailId, sequence }) =>
        anchor
          ? {
              id: anchor.id,
              action: anchor.action,
              resource: anchor.resource ?? null,
              result: anchor.result,
              timestamp: anchor.timestamp,
              trust_chain_hash: anchor.trustChainHash,
              trail_id: trailId,
              sequence,
            }
          : [],
      ),
      total: shown.length,
      matching: found.length,
    },
    lines: [
      `${counted(found.length, 'record')} of ${agentId}${found.length > shown.length ? `, the first ${shown.length}` : ''}`,
      ...shown.map(describeEntry),
    ],
  };
}
