import { PythonBridge, type PythonBridgeOptions } from '@kaizen-eatp/bridge-python';
import { type Authority, TrustOperations, type TrustOperationsOptions } from '@kaizen-eatp/core';
import { onTestFinished } from 'vitest';

export interface BridgeWorld {
  readonly trust: TrustOperations;
  readonly acme: Authority;
  readonly bridge: PythonBridge;
  token(...agents: readonly string[]): Promise<string>;
}

/** A deployment with an authority and a bridge, which is closed when the test has ended. */
export async function bridgeWorld(
  options: Omit<PythonBridgeOptions, 'trust'> = {},
  operations: TrustOperationsOptions = {},
): Promise<BridgeWorld> {
  const trust = new TrustOperations(operations);
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const bridge = await PythonBridge.listen({ trust, joinTimeout: 500, ...options });
  onTestFinished(() => bridge.close({ drain: 0 }));
  return {
    trust,
    acme,
    bridge,
    token: (...names) =>
      bridge.createEnrolmentToken({
        authorityId: acme.id,
        agents: Object.fromEntries(names.map((name) => [name, { capabilities: ['work'] }])),
      }),
  };
}
