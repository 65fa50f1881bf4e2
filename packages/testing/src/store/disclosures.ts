import type { Disclosure, StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import { expectSame } from './expectations.js';

const disclosure = (n: number, person: string): Disclosure => ({
  digest: `${n}`.repeat(64),
  person,
  salt: `salt-${n}`,
  text: `{"human_id":"zoë-${n}","display_name":"漢字"}`,
});

const NOTHING = { disclosures: 0, runs: 0 };

const put = (disclosure: Disclosure): StoreWrite => ({ op: 'put_disclosure', disclosure });

/** A disclosure is kept once for each digest, until its person is erased. */
export async function keepsDisclosures(store: TrustStore): Promise<void> {
  const [first, second, other] = [
    disclosure(1, 'person-1'),
    disclosure(2, 'person-1'),
    disclosure(3, 'person-2'),
  ];
  await store.commit([put(first), put(other)]);
  await store.commit([put(second), put(first)]);
  await store.commit([put({ ...first, salt: 'another' })]);
  const digests = [other.digest, 'unknown', first.digest, second.digest];
  expectSame('disclosures, in the order of the digests', await store.readDisclosures(digests), [
    other,
    undefined,
    first,
    second,
  ]);
  expectSame('the count of what is kept of a person', await store.countPersonalData('person-1'), {
    disclosures: 2,
    runs: 0,
  });
  await store.commit([{ op: 'erase_person', person: 'person-1' }]);
  expectSame('the count after an erasure', await store.countPersonalData('person-1'), NOTHING);
  expectSame('the count of a person who is unknown', await store.countPersonalData('person-9'), NOTHING);
  expectSame('disclosures after their person was erased', await store.readDisclosures(digests), [
    other,
    undefined,
    undefined,
    undefined,
  ]);
  await store.commit([{ op: 'erase_person', person: 'person-1' }, put(second)]);
  expectSame('a disclosure made after the erasure', await store.readDisclosures([second.digest]), [second]);
}
