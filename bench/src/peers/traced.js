import { openTelemetry } from '@kaizen-eatp/opentelemetry';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AlwaysOffSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { setup as setupOurs } from './ours.js';

export const name = 'ours, traced and sampled out';

/** The runs of ours with an observer whose spans are all dropped. @param {import('../peer.js').Context} peer */
export async function setup(peer) {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracerProvider = new TracerProvider({ sampler: new AlwaysOffSampler() });
  const { run, teardown } = await setupOurs(peer, { observers: [openTelemetry({ tracerProvider })] });
  return { run, teardown, version: 'this checkout, with opentelemetry' };
}
