import type { OrchestrationResult } from '@kaizen-eatp/core';
import type { Receipt } from '@kaizen-eatp/core/receipt';
import { canonicalJson, type JsonObject } from '@kaizen-eatp/core/records';
import { linkHash, TRAIL_START } from '@kaizen-eatp/core/store';
import { World } from '../runtime/world.js';

export interface Issued {
  readonly world: World;
  readonly result: OrchestrationResult;
  readonly receipt: Receipt;
  /** The key that an auditor of ACME has. */
  readonly pinned: Readonly<Record<string, string>>;
}

/** A run with a delegation under a delegation, a denial that the pattern could do without, and its receipt. */
export async function issued(): Promise<Issued> {
  const world = await World.make();
  const capabilities = ['read_mail', 'send_mail'];
  const agents = [
    await world.agent('alice', () => 'letters', { capabilities, constraints: ['read_only'] }),
    await world.agent('bob', (_, { reportUsage }) => {
      reportUsage({ tokens: 1_200, cost: 0.003 });
      return 'summary';
    }),
    await world.agent('carol', () => 'answer'),
  ];
  const result = await world.execute(
    agents,
    async ({ agents: [a, b, c], input, delegate, invoke }) => {
      const letters = await invoke(a!, input);
      await delegate(a!, b!, { capabilities: ['read_mail', 'send_mail'], constraints: ['audit_required'] });
      const summary = await invoke(b!, letters);
      await invoke(b!, letters, { action: 'delete_mail' }).catch(() => undefined);
      await delegate(b!, c!, { capabilities: ['send_mail'] });
      return invoke(c!, summary);
    },
    { taskId: 'task-1' },
  );
  const { id, publicKey } = world.authority;
  return { world, result, receipt: await result.receipt(), pinned: { [id]: publicKey } };
}

export type Content = JsonObject & {
  readonly [K in 'anchors' | 'delegations' | 'chains' | 'authorities']: readonly string[];
};

export const contentOf = (receipt: Receipt): Content => JSON.parse(receipt.text) as Content;

/** The same with a trail hash that fits the anchors. */
export const linked = (content: Content): Content => ({
  ...content,
  trail_hash: content.anchors.reduce(linkHash, TRAIL_START),
});

/** A receipt with other content, signed with an authority of the given world. */
export async function signedBy(world: World, content: JsonObject): Promise<string> {
  const { signature: _, ...unsigned } = content;
  const signed = { ...unsigned, signer_authority_id: world.authority.id };
  const signature = await world.keyManager.sign(canonicalJson(signed), world.authority.signingKeyId);
  return canonicalJson({ ...signed, signature });
}
