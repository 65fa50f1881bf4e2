import { MemoryTrustStore } from '@kaizen-eatp/core';
import type { TrustStore } from '@kaizen-eatp/core/store';
import type { StorePlaceFactory } from '@kaizen-eatp/testing';

/** A place that is one object, with which all who open it work. */
export const memoryPlace =
  (make: (inner: TrustStore) => TrustStore = (inner) => inner): StorePlaceFactory =>
  () => {
    const store = make(new MemoryTrustStore());
    return { open: () => store };
  };
