import { humanOriginCodec } from '../chain/index.js';
import type { StoreWrite } from '../store/index.js';
import type { Person } from '../trust/persons.js';

/** What proves, until it is erased, who the person behind a digest is. */
export const disclosureOf = (person: Person | undefined): readonly StoreWrite[] =>
  person
    ? [
        {
          op: 'put_disclosure',
          disclosure: {
            digest: person.digest,
            person: person.pseudonym,
            salt: person.salt,
            text: humanOriginCodec.encodeText(person.origin),
          },
        },
      ]
    : [];
