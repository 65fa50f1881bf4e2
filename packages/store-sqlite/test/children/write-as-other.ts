// Opens a file as a user who is not its owner, if this one may become another, and tries to write: path.
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { tell } from './parent.ts';

const NOBODY = 65_534;
const [path] = process.argv.slice(2) as [string];
if (process.getuid?.() === 0) {
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}
try {
  const store = await SqliteTrustStore.open({ path });
  const [chain] = await store.readChains(['agent-alice']);
  tell({ opened: true, read: chain?.text ?? null });
  await store.commit([
    { op: 'close_delegations', runId: 'run-1' },
    { op: 'deactivate_chain', agentId: 'agent-alice', at: 'x' },
  ]);
  tell({ written: true });
} catch (error) {
  const { code, message, evidence } = error as { code: string; message: string; evidence: object };
  tell({ code, message, evidence });
}
process.disconnect();
