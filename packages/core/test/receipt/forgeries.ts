import type { JsonObject } from '@kaizen-eatp/core/records';
import { World } from '../runtime/world.js';
import type { Content } from './receipts.js';

const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, i) => i !== at);
const swapped = <T>(list: readonly T[], a: number, b: number): T[] =>
  list.map((item, i) => (i === a ? list[b] : i === b ? list[a] : item) as T);

/** The changes to a receipt that mallory would like an auditor to believe. */
export const forgeries: [string, (content: Content) => JsonObject][] = [
  ['nothing but that it is hers', (content) => content],
  ['the first anchor was never there', (c) => ({ ...c, anchors: without(c.anchors, 0) })],
  ['the denial was never there', (c) => ({ ...c, anchors: without(c.anchors, 2) })],
  ['the last anchor was never there', (c) => ({ ...c, anchors: c.anchors.slice(0, -1) })],
  ['an anchor was there twice', (c) => ({ ...c, anchors: [c.anchors[0]!, ...c.anchors] })],
  ['the end was there twice', (c) => ({ ...c, anchors: [...c.anchors, c.anchors.at(-1)!] })],
  ['things happened in another order', (c) => ({ ...c, anchors: swapped(c.anchors, 0, 1) })],
  [
    'a denial was a success',
    (c) => ({ ...c, anchors: c.anchors.map((a) => a.replace('"result":"denied"', '"result":"success"')) }),
  ],
  ['a delegation was never made', (c) => ({ ...c, delegations: without(c.delegations, 0) })],
  ['another delegation was never made', (c) => ({ ...c, delegations: without(c.delegations, 1) })],
  ['a delegation was made twice', (c) => ({ ...c, delegations: [...c.delegations, c.delegations[0]!] })],
  ['delegations were made in another order', (c) => ({ ...c, delegations: swapped(c.delegations, 0, 1) })],
  [
    'a delegation gave more',
    (c) => ({ ...c, delegations: c.delegations.map((d) => d.replaceAll('"read_mail"', '"delete_mail"')) }),
  ],
  [
    'a delegation had no constraints',
    (c) => ({
      ...c,
      delegations: c.delegations.map((d) =>
        d.replace(/"constraint_subset":\[[^\]]*\]/, '"constraint_subset":[]'),
      ),
    }),
  ],
  [
    'a chain gave more',
    (c) => ({ ...c, chains: c.chains.map((d) => d.replaceAll('read_mail', 'delete_mail')) }),
  ],
  ['an agent took no part', (c) => ({ ...c, chains: without(c.chains, 0) })],
  ['it was another run', (c) => ({ ...c, run_id: 'run-other' })],
  ['it was another task', (c) => ({ ...c, task_id: 'task-other' })],
  ['nothing is left of it', (c) => ({ ...c, anchors: ['{}'] })],
  ['an anchor is no anchor', (c) => ({ ...c, anchors: ['not JSON', ...c.anchors] })],
  ['a delegation is no delegation', (c) => ({ ...c, delegations: ['not JSON', ...c.delegations] })],
  ['a chain is no chain', (c) => ({ ...c, chains: ['{}', ...c.chains] })],
  ['an authority is no authority', (c) => ({ ...c, authorities: ['{}', ...c.authorities] })],
];

/** A deployment of mallory, and the authorities of a receipt together with hers. */
export async function malloryWith(authorities: readonly string[] = []) {
  const mallory = await World.make();
  await mallory.trust.createEnterpriseAuthority({ name: 'Mallory Ltd' });
  mallory.authority = (await mallory.trust.getAuthority('org-mallory-ltd')) as typeof mallory.authority;
  const [stored] = await mallory.store.readAuthorities([mallory.authority.id]);
  return { mallory, authorities: [...authorities, stored!.text] };
}
