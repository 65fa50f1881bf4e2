import type { Revocation } from '@kaizen-eatp/core';
import { ForwardingStore } from '@kaizen-eatp/testing';

/** Ends what a revocation concerns, and forgets the revocation itself. */
export class ForgetsRevocations extends ForwardingStore {
  override async readRevocations(): Promise<Revocation[]> {
    return [];
  }
}
