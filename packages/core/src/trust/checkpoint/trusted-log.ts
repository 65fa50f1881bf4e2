import { type AuditAnchor, anchorPreimage } from '../../chain/index.js';
import { jsonMember } from '../../wire/index.js';
import { recorderAgentOf } from '../audit/recorder.js';
import type { Deployment } from '../deployment.js';
import { isSigned } from '../verify/chain-signatures.js';
import { CheckpointLog } from './checkpoint-log.js';
import type { Leaf } from './leaf.js';

/**
 * The log of checkpoints in a store, of which only those leaves count that an authority added which this process believes.
 * Others stay in the log, since it only grows, and are overruled by the next checkpoint.
 */
export class TrustedLog extends CheckpointLog {
  /** What the leaves that count say last about each record. */
  readonly trusted = new Map<string, { readonly index: number; readonly leaf: Leaf }>();

  /** @param deployment - whose store is read, and whose belief counts. */
  constructor(private readonly deployment: Deployment) {
    super();
  }

  /** Reads what was added since. @throws CheckpointError `CHECKPOINT_LOG_DAMAGED`, StoreError. */
  async refresh(): Promise<void> {
    await this.readOn(this.deployment.store, async (anchor, start) => {
      if (!(await this.#counts(anchor))) return;
      for (const [subject, known] of this.latest) if (known.index >= start) this.trusted.set(subject, known);
    });
  }

  async #counts(anchor: AuditAnchor): Promise<boolean> {
    const id = jsonMember(anchor.context, 'authority_id');
    if (typeof id !== 'string' || anchor.agentId !== recorderAgentOf(id)) return false;
    const authority = (await this.deployment.readAuthorities([id])).get(id);
    return (
      authority !== undefined &&
      this.deployment.believed(authority) !== undefined &&
      isSigned(anchorPreimage(anchor), anchor.signature, authority)
    );
  }
}
