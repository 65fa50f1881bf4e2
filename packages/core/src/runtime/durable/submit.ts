import type { Deployment } from '../../trust/deployment.js';
import { type Person, personOf } from '../../trust/persons.js';
import type { CapturedValue } from '../../values/index.js';
import type { RunRequest } from '../execute-options.js';
import { sealOf } from '../journal/seal.js';
import { encodeRequest } from './run-request.js';

/** Stores a run, so that any worker can execute it. @throws StoreError `STORE_CONFLICT` if there is one with its id. */
export async function storeRun(
  deployment: Deployment,
  input: CapturedValue,
  request: RunRequest,
): Promise<void> {
  const { runId, pattern, humanOrigin } = request;
  const person: Person | undefined = humanOrigin && (await personOf(deployment, humanOrigin));
  const seal = await sealOf(deployment, runId);
  const at = deployment.timestamp();
  const run = {
    ...{ runId, parentRunId: null, pattern, person: person?.pseudonym ?? null, state: 'queued' as const },
    ...{ request: seal.seal(encodeRequest({ input, request }, deployment.now()), 'request'), outcome: null },
    ...{ note: null, owner: null, wakeAt: null, cancel: null, submittedAt: at, updatedAt: at },
  };
  await deployment.store.commit([{ op: 'add_run', run }]);
}
