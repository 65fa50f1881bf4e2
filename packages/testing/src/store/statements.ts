import { linkHash, type StatementEntry, type StoreWrite, type TrustStore } from '@kaizen-eatp/core/store';
import { expectRefusal, expectSame } from './expectations.js';
import { appendStatement, putChain, statements } from './samples.js';

/** The log is read as it was written, whole or a page at a time, and a request reads its head. */
export async function keepsStatements(store: TrustStore): Promise<void> {
  expectSame('a log without statements', await store.readStatements(), []);
  const none = await store.read({ statementsHead: true });
  expectSame('the head of a log without statements', none.statementsHead, undefined);
  const written = statements(5);
  await store.commit(written.slice(0, 2).map(appendStatement));
  for (const entry of written.slice(2)) await store.commit([appendStatement(entry), putChain(entry.hash)]);
  expectSame('readStatements', await store.readStatements(), written);
  const pages = [
    await store.readStatements({ limit: 2 }),
    await store.readStatements({ afterSequence: 2, limit: 2 }),
    await store.readStatements({ afterSequence: 5 }),
  ];
  expectSame(
    'pages of the statements',
    pages.map((page) => page.map(({ sequence }) => sequence)),
    [[1, 2], [3, 4], []],
  );
  const { statementsHead } = await store.read({ chains: ['agent-x'], statementsHead: true });
  expectSame(
    'the head of the statements',
    [statementsHead?.sequence, statementsHead?.hash],
    [5, written[4]?.hash],
  );
  const unasked = await store.read({ chains: ['agent-x'] });
  expectSame('the head for a request that does not ask for it', unasked.statementsHead, undefined);
}

/** A statement is taken after the head of the log and nowhere else. */
export async function refusesForkedStatements(store: TrustStore): Promise<void> {
  const [first, second, third] = statements(3) as [StatementEntry, StatementEntry, StatementEntry];
  await store.commit([appendStatement(first), appendStatement(second)]);
  const refused = (what: string, ...writes: StoreWrite[]): Promise<void> =>
    expectRefusal(what, store.commit(writes), 'STORE_CONFLICT');
  const other = { ...second, text: '{}', hash: linkHash(first.hash, '{}') };
  await refused('a statement at a place that is taken', appendStatement(other));
  await refused(
    'a statement with another previous hash',
    appendStatement({ ...third, previousHash: first.hash }),
  );
  await refused('a statement that leaves a gap', appendStatement({ ...third, sequence: 4 }));
  await refused('a first statement where there is one', appendStatement(first));
  await refused('two statements at one place', appendStatement(third), appendStatement(third));
  expectSame('the statements after all that', await store.readStatements(), [first, second]);
}
