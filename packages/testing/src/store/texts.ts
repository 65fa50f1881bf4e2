import type { TrustStore } from '@kaizen-eatp/core/store';
import { expectSame } from './expectations.js';
import { addDelegation, appendAnchor, entryAfter, putAuthority, putChain } from './samples.js';

/** Texts that do not survive a parser, an encoding, or a column that is not quite text. */
const TEXTS: Readonly<Record<string, string>> = {
  'integers of 64 bits and more':
    '{"a":9223372036854775807,"b":-9223372036854775808,"c":18446744073709551616}',
  'number literals': '{"a":1.0,"b":1e-05,"c":-0.0,"d":1E+2}',
  'white space and order': '{ "b" : 1,\n\t"a":  [ 1 , 2 ] }\n',
  'a key that comes twice': '{"a":1,"a":2}',
  'characters beyond ASCII': '{"name":"Zoë 漢字 𝒳 e\u0301 \u2028"}',
  'escapes as they were written': '{"a":"\\u00e9\\ud835\\udcb3\\/\\u0000\\u007f","quote":"it\'s; \\"--"}',
  'a long text': `{"a":"${'x'.repeat(200_000)}"}`,
};

/** Whether every kind of record comes back byte for byte. */
export async function keepsTexts(store: TrustStore): Promise<void> {
  for (const [i, [what, text]] of Object.entries(TEXTS).entries()) {
    await store.commit([
      putChain(`agent-${i}`, null, text),
      putAuthority(`org-${i}`, null, text),
      addDelegation(`del-${i}`, { text }),
      appendAnchor(entryAfter(`run-${i}`, undefined, `aud-run-${i}`, text)),
    ]);
    const [chain] = await store.readChains([`agent-${i}`]);
    expectSame(`${what} in a chain`, chain?.text, text);
    const [authority] = await store.readAuthorities([`org-${i}`]);
    expectSame(`${what} in an authority`, authority?.text, text);
    const [delegation] = await store.readDelegationPath(`del-${i}`);
    expectSame(`${what} in a delegation`, delegation?.text, text);
    const [anchor] = await store.readTrail(`run-${i}`);
    expectSame(`${what} in a run's anchor`, anchor?.text, text);
  }
}
