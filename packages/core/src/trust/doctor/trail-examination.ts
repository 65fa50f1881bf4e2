import { linkHash, type StoreFindingCode, TRAIL_START } from '../../store/index.js';
import { readAnchor } from '../audit/anchor.js';
import { verifyStoredTrail } from '../audit/verify-trail.js';
import type { Deployment } from '../deployment.js';

type Report = (code: StoreFindingCode, subject: string, reason: string) => void;

/** Examines trails whose entries come one after the other, trail by trail. */
export class TrailExamination {
  /** The number of trails so far. */
  trails = 0;
  /** The number of anchors so far. */
  anchors = 0;
  #trailId: string | undefined;
  #before = { sequence: 0, hash: TRAIL_START };

  /** @param trust - checks signatures; without it only the links are checked. */
  constructor(
    private readonly trust: Deployment | undefined,
    private readonly report: Report,
  ) {}

  /** Examines the next entry. Entries come by trail, in order. */
  async take(row: Readonly<Record<string, unknown>>): Promise<void> {
    const trailId = String(row.trail_id);
    if (trailId !== this.#trailId) {
      await this.end();
      this.#trailId = trailId;
      this.#before = { sequence: 0, hash: TRAIL_START };
      this.trails += 1;
    }
    this.anchors += 1;
    this.examineLink(trailId, row as never);
    const anchor = readAnchor(String(row.text));
    if (anchor && (anchor.id !== row.anchor_id || anchor.agentId !== row.agent_id))
      this.report(
        'TRAIL_MISPLACED',
        trailId,
        `entry ${row.sequence} names another anchor or agent than its row`,
      );
    this.#before = { sequence: Number(row.sequence), hash: String(row.hash) };
  }

  /** Examines the signatures of the trail whose entries have all been read. */
  async end(): Promise<void> {
    const trailId = this.#trailId;
    this.#trailId = undefined;
    if (trailId === undefined || !this.trust) return;
    const { problems } = await verifyStoredTrail(this.trust, trailId);
    for (const { code, reason, sequence } of problems) {
      if (code === 'GAP' || code === 'LINK_BROKEN') continue;
      this.report('TRAIL_SIGNATURE', trailId, `entry ${sequence}: ${reason}`);
    }
  }

  private examineLink(
    trailId: string,
    entry: { readonly sequence: number; readonly previous_hash: string; hash: string; text: string },
  ): void {
    const { sequence } = entry;
    const before = this.#before;
    if (sequence === before.sequence)
      return this.report('TRAIL_FORK', trailId, `there are two entries ${sequence}`);
    if (sequence !== before.sequence + 1)
      this.report('TRAIL_GAP', trailId, `entry ${sequence} follows entry ${before.sequence}`);
    else if (entry.previous_hash !== before.hash)
      this.report('TRAIL_LINK_BROKEN', trailId, `entry ${sequence} does not follow the one before it`);
    if (linkHash(entry.previous_hash, entry.text) !== entry.hash)
      this.report('TRAIL_LINK_BROKEN', trailId, `entry ${sequence} was changed`);
  }
}
