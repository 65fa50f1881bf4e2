import type { StoreMaintenance, TrustStore } from '@kaizen-eatp/core/store';
import { trustWorld } from '../fakes/trust-world.js';
import { relay } from './carrying-a-run.js';
import { expectRefusal, expectSame } from './expectations.js';
import {
  addDelegation,
  appendAnchor,
  appendStatement,
  deactivateChain,
  entries,
  entryAfter,
  openIntent,
  putAuthority,
  putChain,
  revoke,
  statements,
} from './samples.js';
import type { OpenPlace, StoreTrial } from './store-trial.js';

type MaintainedStore = TrustStore & StoreMaintenance;

const open = async (place: OpenPlace): Promise<MaintainedStore> => (await place.open()) as MaintainedStore;

async function linesOf(store: MaintainedStore): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of store.exportJsonLines()) lines.push(line);
  return lines;
}

const sharedEntry = entryAfter('shared', undefined, 'aud-shared', '{ "n":1e-05,"s":"\\u0000 Zoë" }');

/** Something of every kind. */
async function fill(store: MaintainedStore): Promise<void> {
  await store.commit([putAuthority('org-acme'), putChain('agent-alice'), putChain('agent-bob')]);
  await store.commit([
    addDelegation('del-1', { runId: 'run-1', invocationId: 'run-1/1', person: 'person-1', nonce: 'n' }),
    addDelegation('del-2', { parentDelegationId: 'del-1', status: 'closed' }),
    deactivateChain('agent-bob'),
    openIntent('run-1/2'),
    ...entries('run-1', 3).map((entry) => appendAnchor(entry)),
    appendAnchor(sharedEntry),
    revoke('agent', 'agent-bob'),
    ...statements(2).map(appendStatement),
    { op: 'put_disclosure', disclosure: { digest: 'd1', person: 'person-1', salt: 's', text: '{}' } },
    { op: 'put_disclosure', disclosure: { digest: 'd2', person: 'person-2', salt: 's', text: '{}' } },
    { op: 'erase_person', person: 'person-2' },
  ]);
}

/** An export goes into an empty store whole, or not at all. */
export const exportsAndImports = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (first) => {
    const source = await open(first);
    await fill(source);
    const lines = await linesOf(source);
    await trial.inPlace(async (second) => {
      const copy = await open(second);
      const changed = lines.map((line) => line.replace('mallory had the key', 'nothing of note'));
      await expectRefusal(
        'an export in which a reason was changed',
        copy.importJsonLines(changed),
        'MALFORMED_RECORD',
      );
      await expectRefusal(
        'an export without its end',
        copy.importJsonLines(lines.slice(0, -1)),
        'MALFORMED_RECORD',
      );
      expectSame('what is kept of refused exports, in lines', (await linesOf(copy)).length, 2);
      const report = await copy.importJsonLines(lines);
      const counted = Object.fromEntries(Object.entries(report).filter(([, count]) => count !== 0));
      expectSame('what an import reports of the kinds that it had', counted, {
        ...{ authority: 1, statement: 2, chain: 2, delegation: 2 },
        ...{ anchor: 4, intent: 1, revocation: 1, disclosure: 1 },
      });
      expectSame('the trail of an import', await copy.readTrail('run-1'), await source.readTrail('run-1'));
      expectSame('the statements of an import', await copy.readStatements(), await source.readStatements());
      const paths = { delegationPaths: ['del-2'] };
      const { delegationPaths } = await copy.read(paths);
      expectSame('a path of an import', delegationPaths, (await source.read(paths)).delegationPaths);
      const disclosures = await copy.readDisclosures(['d1', 'd2']);
      expectSame(
        'the disclosures of an import',
        disclosures.map((each) => each?.person),
        ['person-1', undefined],
      );
      await expectRefusal(
        'an import into a store that is not empty',
        copy.importJsonLines(lines),
        'STORE_CONFLICT',
      );
    });
  });

/** The archive takes what ended, from the last of a path up, and leaves what anything in the ledger depends on. */
export const archivesDelegations = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const store = await open(place);
    await store.commit([
      addDelegation('del-root', { status: 'closed' }),
      addDelegation('del-live', { parentDelegationId: 'del-root' }),
      addDelegation('del-ended', { status: 'closed' }),
      addDelegation('del-ended-child', { parentDelegationId: 'del-ended', status: 'revoked' }),
      addDelegation('del-run-closed', { runId: 'run-1', status: 'closed' }),
      addDelegation('del-run-live', { runId: 'run-1' }),
      addDelegation('del-offered', { status: 'offered' }),
      addDelegation('del-accepted', { status: 'accepted' }),
    ]);
    const young = await store.archive({ minimumAge: 600_000 });
    expectSame('what is archived before it is old enough', young, { archived: 0 });
    expectSame('what is archived', await store.archive({ minimumAge: 0 }), { archived: 3 });
    const left = await store.findDelegations({ delegatorId: 'agent-alice' });
    expectSame(
      'what is left in the ledger',
      left.map((entry) => entry.delegationId),
      ['del-root', 'del-live', 'del-run-closed', 'del-run-live', 'del-offered'],
    );
    const again = store.commit([addDelegation('del-ended')]);
    await expectRefusal('a delegation of an archived id', again, 'STORE_CONFLICT');
    await expectRefusal(
      'an option that there is not',
      store.archive({ endedBefore: 1 } as object),
      'INVALID_ARGUMENT',
    );
  });

/** Compacting removes nothing that is stored, and can be repeated, also while others have the store open. */
export const compactsItself = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const store = await open(place);
    await fill(store);
    const before = await linesOf(store);
    for (let time = 1; time <= 2; time++) {
      const { bytesBefore, bytesAfter } = await store.compact();
      const areSizes = [bytesBefore, bytesAfter].every((bytes) => Number.isSafeInteger(bytes) && bytes >= 0);
      expectSame('whether a report of compacting has sizes', areSizes, true);
    }
    expectSame('what is stored after compacting', await linesOf(store), before);
    await store.commit([appendAnchor(entryAfter('shared', sharedEntry, 'aud-later'))]);
    expectSame('the trail after compacting', (await store.trailHead('shared'))?.sequence, 2);
  });

/** The doctor finds nothing in a store that was only used, and names what is wrong in any other. */
export const examinesItself = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const store = await open(place);
    const { runtime } = await trustWorld({ store, agents: { alice: {}, bob: {} } });
    const { auditTrail } = await runtime([relay]).execute('x', { pattern: 'relay' as never });
    const { healthy, findings, examined } = await store.doctor();
    expectSame('findings in a store that was only used', [healthy, findings], [true, []]);
    expectSame('what was examined', examined, {
      ...{ authorities: 1, chains: 2, delegations: 1 },
      ...{ trails: 1, anchors: auditTrail.length, intents: 0 },
    });
    await store.commit([putChain('agent-mallory'), openIntent('run-9/1', 'run-9')]);
    const found = (await store.doctor()).findings;
    expectSame(
      'findings after a chain that is none and an intent without an outcome',
      found.map(({ code, subject }) => [code, subject]),
      [
        ['CHAIN_UNREADABLE', 'agent-mallory'],
        ['INTENT_ORPHANED', 'run-9/1'],
      ],
    );
  });
