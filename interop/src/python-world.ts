import { InMemoryKeyManager, MemoryTrustStore, TrustOperations } from '@kaizen-eatp/core';
import type { JsonObject } from '@kaizen-eatp/core/records';
import type { PythonScenario } from './python-scenario.ts';
import { actionsOf } from './reference-world.ts';
import { agentOf } from './unchecked-store.ts';

/** TypeScript's operations over the reference's chains, with the authorities' keys, so that both sides can sign. */
export class PythonWorld {
  readonly store = new MemoryTrustStore();
  readonly trust: TrustOperations;

  private constructor(keyManager: InMemoryKeyManager) {
    this.trust = new TrustOperations({ store: this.store, keyManager });
  }

  static async of(made: PythonScenario): Promise<PythonWorld> {
    const keyManager = new InMemoryKeyManager();
    const world = new PythonWorld(keyManager);
    for (const { authority, private_key: privateKey } of made.authorities) {
      await keyManager.importKey(
        (authority as { signing_key_id: string }).signing_key_id,
        privateKey as string,
      );
      await world.trust.registerAuthority(authority as JsonObject);
    }
    for (const chain of made.chains.values()) await world.trust.importChain(chain);
    return world;
  }

  /** The actions that TypeScript permits the chain's agent; of all that its capabilities cover, unless named. */
  async permitted(chain: string, level: 'standard' | 'full', actions = actionsOf(chain)): Promise<string[]> {
    const agentId = agentOf(chain);
    const results = await Promise.all(actions.map((action) => this.trust.verify({ agentId, action, level })));
    return actions.filter((_, i) => results[i]?.valid);
  }
}
