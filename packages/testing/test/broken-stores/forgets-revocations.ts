import type { ReadRequest, ReadResult } from '@kaizen-eatp/core/store';
import { ForwardingStore } from '@kaizen-eatp/testing';

/** Ends what a revocation concerns, and forgets the revocation itself. */
export class ForgetsRevocations extends ForwardingStore {
  override async read(request: ReadRequest): Promise<ReadResult> {
    const found = await super.read(request);
    return { ...found, revocations: found.revocations.map(() => []) };
  }
}
