import { type AuditAnchor, newId } from '../../chain/index.js';
import type { StoreWrite } from '../../store/index.js';
import type { ReadSet } from '../read-set.js';
import type { AnchorDraft } from './anchor.js';

/** Where anchors go: the trail of a run, or the one for what happens outside runs. */
export interface TrailWriter {
  readonly trailId: string;
  /** Signs and stores an anchor; resolves once it is stored. */
  append(draft: AnchorDraft, options?: AppendOptions): Promise<AuditAnchor>;
}

export interface AppendOptions {
  /** The invocation whose intent this anchor closes. */
  readonly closesIntent?: string;
  /** What the operation has read already. Default: what is stored now. */
  readonly reads?: ReadSet;
  /** Written together with the anchor, or not at all. */
  readonly with?: readonly StoreWrite[];
}

export const newRunId = (): string => newId('run');
