import { MemoryTrustStore } from '@kaizen-eatp/core';
import type { TrustStore } from '@kaizen-eatp/core/store';

/** A store for one test to use and forget. Each project of vitest.config.ts has another of these under `suite-store`. */
export const suiteStore = (): TrustStore => new MemoryTrustStore();

/** Whether each store costs files or connections, so that a test with thousands of worlds may want fewer. */
export const isHeavy = false;
