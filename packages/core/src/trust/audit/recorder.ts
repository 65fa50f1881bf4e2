import { AuthorityError, StoreError } from '../../errors/index.js';
import type { Deployment } from '../deployment.js';
import { buildChain } from '../issue/establish.js';
import { putChain } from '../issue/sign-chain.js';

const recorders = new WeakMap<Deployment, Promise<string>>();

/**
 * Returns the id of the agent that signs for agents without a usable chain, for instance to record that such an agent was
 * kept from acting. It belongs to the authority that the deployment names as its recorder, and gets its chain when it is
 * first needed.
 *
 * @param why - what makes the recorder necessary, for the error.
 * @throws AuthorityError `RECORDER_REQUIRED` if the deployment names none; KeyError `KEY_NOT_FOUND`.
 */
export function recorderOf(deployment: Deployment, why: string): Promise<string> {
  const { recorder: authorityId } = deployment.settings;
  if (authorityId === undefined) return Promise.reject(recorderRequired(why));
  let recorder = recorders.get(deployment);
  if (!recorder) {
    recorder = establishRecorder(deployment, authorityId);
    recorders.set(deployment, recorder);
    recorder.catch(() => recorders.delete(deployment));
  }
  return recorder;
}

/** The agent in whose name an authority signs as the recorder. */
export const recorderAgentOf = (authorityId: string): string => `agent-recorder-${authorityId}`;

/**
 * Makes sure that an authority has the agent in whose name it signs as a recorder. All processes that share the store use the
 * chain that was stored first.
 *
 * @throws AuthorityError, KeyError `KEY_NOT_FOUND`.
 */
export async function establishRecorder(deployment: Deployment, authorityId: string): Promise<string> {
  const agentId = recorderAgentOf(authorityId);
  const authority = await deployment.signingAuthority(authorityId);
  const missing = deployment.keys.expect(authority);
  if (missing) await missing;
  if (await deployment.storedChain(agentId)) return agentId;
  const evidence = await buildChain(deployment, authority, {
    agentId,
    authorityId,
    capabilities: [{ capability: 'record' }],
    protocolCapabilities: false,
  });
  try {
    await deployment.store.commit([putChain(evidence, null)]);
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'STORE_CONFLICT')) throw error;
  }
  return agentId;
}

const recorderRequired = (why: string): AuthorityError =>
  new AuthorityError('RECORDER_REQUIRED', `Nothing can sign a record: ${why}`, {
    expected: 'a deployment that names a recorder',
    received: 'none',
    remedy: 'Pass `recorder` to TrustOperations: the id of an authority whose key is in the key manager.',
  });
