/**
 * The tests that `npm run test:quick` leaves out, with the reason for each group. `npm test` runs everything.
 *
 * A new test that takes more than a few seconds ends in `.slow.test.ts`, or is added here.
 */
export const LEFT_OUT_OF_QUICK: Readonly<Record<string, readonly string[]>> = {
  'They run Python agents or the Python reference, which the quick set-up does not install.': [
    'interop/test/{carried-on,free-form-fields,generator,python-to-typescript,receipt-trail-rule,random-metadata.property,reference-client,typescript-to-python}.test.ts',
    'packages/bridge-python/test/{conformance,cut-everywhere,deployment,interrupted,killed,large,long-work,matrix,python-suite,remote-agent,spawn,statements,values,verdict}.test.ts',
    'packages/store-sqlite/test/{file,side-by-side}.test.ts',
    'packages/cli/test/{bridge,reference}.test.ts',
    'examples/{expense,mixed-team}/test/*.test.ts',
  ],
  'They start a PostgreSQL server.': [
    'packages/store-postgres/test/*.test.ts',
    'packages/engine-postgres/test/*.test.ts',
    'packages/cli/test/commands-postgres.test.ts',
    'test/stores-exchange.test.ts',
  ],
  'They start many processes, kill them at every step, or fill a disk.': [
    'packages/patterns/test/durable.test.ts',
    'packages/core/test/runtime/durable/{budgets,durable-runs,kept-content}.test.ts',
    'packages/store-sqlite/test/{engine-conformance,errors,full-disk,killed-anywhere,many-writers,revocation,watch}.test.ts',
  ],
  'They try thousands of random frames, or wait for the limits of a login and a connection to pass.': [
    'packages/bridge-python/test/{attack,fuzz,login,login-cost}.test.ts',
  ],
  'They judge every golden file in processes of their own.': ['interop/test/vectors.test.ts'],
  'They change every byte or character of a record, derive keys slowly on purpose, or repeat a kit on broken plugins.':
    [
      'packages/core/test/trust/any-byte.test.ts',
      'packages/core/test/receipt/one-character.test.ts',
      'packages/core/test/signing/key-managers.test.ts',
      'packages/cli/test/{commands-sqlite,questions,terminal}.test.ts',
      'packages/patterns/test/conformance.test.ts',
      'packages/testing/test/{correct-patterns,describe-conformance,engine-conformance,pattern-conformance,stored-wrongs,trust-store-conformance}.test.ts',
    ],
  'They wait for an expiry, a timer or a turn of the event loop, or for work that was left behind.': [
    'packages/core/test/runtime/{event-loop,expires-during-a-call,left-over-code}.test.ts',
    'packages/core/test/workflow/what-builds-runs.test.ts',
    'packages/patterns/test/supervisor-memory.test.ts',
  ],
  'They run all code in the documents.': ['test/documents.test.ts'],
  'They compare the cost of few agents with that of many.': ['packages/registry/test/scaling.test.ts'],
  'They pack the packages, install them, or start compilers on them.': ['test/{publishing,editor}.test.ts'],
  'Their name says that they are slow.': ['**/*.slow.test.ts'],
};
