import { AUTHORITY_PERMISSIONS, type Authority, authorityCodec } from '../chain/index.js';
import type { ChainEvidence } from './chain-evidence.js';
import { buildChain } from './establish.js';
import type { Kernel } from './kernel.js';

export interface Recorder {
  readonly agentId: string;
  readonly evidence: ChainEvidence;
  readonly authority: Authority;
}

const recorders = new WeakMap<Kernel, Promise<Recorder>>();

/**
 * The agent that signs what nobody else can sign: that an agent without a valid chain was kept from acting. It has
 * an authority of its own, of type `system`, made when it is first needed.
 */
export function recorderOf(kernel: Kernel): Promise<Recorder> {
  let recorder = recorders.get(kernel);
  if (!recorder) {
    recorder = makeRecorder(kernel);
    recorders.set(kernel, recorder);
    recorder.catch(() => recorders.delete(kernel));
  }
  return recorder;
}

async function makeRecorder(kernel: Kernel): Promise<Recorder> {
  const authorityId = `system-recorder-${kernel.owner}`;
  const agentId = `agent-recorder-${kernel.owner}`;
  const at = kernel.timestamp();
  const authority: Authority = {
    id: authorityId,
    name: 'Trail recorder',
    authorityType: 'system',
    publicKey: await kernel.keyManager.generateKey(authorityId),
    signingKeyId: authorityId,
    permissions: AUTHORITY_PERMISSIONS.filter((permission) => permission === 'create_agents'),
    parentAuthorityId: null,
    createdAt: at,
    updatedAt: at,
    isActive: true,
    metadata: {},
  };
  const evidence = await buildChain(kernel, authority, {
    agentId,
    authorityId,
    capabilities: ['record'],
    protocolCapabilities: false,
  });
  await kernel.store.commit([
    { op: 'put_authority', authorityId, text: authorityCodec.encodeText(authority), ifVersion: null },
    { op: 'put_chain', agentId, text: evidence.text, authorityId, expiresAt: null, ifVersion: null },
  ]);
  return { agentId, evidence, authority };
}
