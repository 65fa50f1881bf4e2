import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe } from 'vitest';
// @ts-expect-error: a script of the repository.
import { whyNone } from '../../../scripts/temporal/binary.mjs';
// @ts-expect-error: a script of the repository.
import { startTemporal } from '../../../scripts/temporal/server.mjs';

const reason: string | undefined = whyNone();
if (reason !== undefined) console.warn(`The tests of engine-temporal on a server are skipped: ${reason}`);

/** Tests that need a Temporal server; without one they are skipped, and the reason is printed. */
export const onServer = describe.skipIf(reason !== undefined);

/** The server of a test file, for the inside of {@link onServer}. */
export function temporalServer(): { readonly address: string } {
  let server: { readonly address: string; stop(): Promise<void> };
  beforeAll(async () => {
    server = await startTemporal(Connection);
  });
  afterAll(() => server?.stop());
  return {
    get address() {
      return server.address;
    },
  };
}
