import { AUTHORITY_PERMISSIONS, type Authority, authorityCodec } from '../../chain/index.js';
import type { Deployment } from '../deployment.js';
import { endorsement, UNLIMITED } from '../issue/authority-statements.js';
import { buildChain } from '../issue/establish.js';
import { commitStatements } from '../statements/append-statements.js';
import type { ParsedChain } from '../verify/parsed-records.js';

/** An agent that signs records for agents that cannot sign them. */
export interface Recorder {
  /** The recorder's id. */
  readonly agentId: string;
  /** The recorder's chain. */
  readonly evidence: ParsedChain;
  /** The authority whose key signs. */
  readonly authority: Authority;
}

const recorders = new WeakMap<Deployment, Promise<Recorder>>();

/**
 * Returns the agent that signs for agents without a valid chain, for instance to record that such an agent was kept
 * from acting. It has its own authority of type `system`, which is created when it is first needed.
 */
export function recorderOf(deployment: Deployment): Promise<Recorder> {
  let recorder = recorders.get(deployment);
  if (!recorder) {
    recorder = makeRecorder(deployment);
    recorders.set(deployment, recorder);
    recorder.catch(() => recorders.delete(deployment));
  }
  return recorder;
}

async function makeRecorder(deployment: Deployment): Promise<Recorder> {
  const authorityId = `system-recorder-${deployment.owner}`;
  const agentId = `agent-recorder-${deployment.owner}`;
  const at = deployment.timestamp();
  const authority: Authority = {
    id: authorityId,
    name: 'Trail recorder',
    authorityType: 'system',
    publicKey: await deployment.keyManager.generateKey(authorityId),
    signingKeyId: authorityId,
    permissions: AUTHORITY_PERMISSIONS.filter((permission) => permission === 'create_agents'),
    parentAuthorityId: null,
    createdAt: at,
    updatedAt: at,
    isActive: true,
    metadata: {},
  };
  const evidence = await buildChain(deployment, authority, {
    agentId,
    authorityId,
    capabilities: [{ capability: 'record' }],
    protocolCapabilities: false,
  });
  await commitStatements(deployment, () => ({
    drafts: [endorsement(authority, { ...UNLIMITED, namespaces: [agentId] })],
    signer: authority,
    writes: [
      { op: 'put_authority', authorityId, text: authorityCodec.encodeText(authority), ifVersion: null },
      { op: 'put_chain', agentId, text: evidence.text, authorityId, expiresAt: null, ifVersion: null },
    ],
  }));
  return { agentId, evidence, authority };
}
