// Opens a deployment and lets its agent act: folder, passphrase. Starts at a word, and again at each further word.
import { FileKeyManager, openDeployment } from '@kaizen-eatp/core';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { tell, word } from './parent.ts';

const [folder, keyFolder] = process.argv.slice(2) as [string, string];
tell('ready');
await word();
try {
  await using deployment = await openDeployment({
    store: await SqliteTrustStore.open({ path: `${folder}/trust.db`, synchronous: 'normal' }),
    keys: new FileKeyManager(keyFolder, 'a long passphrase'),
    authority: { name: 'ACME Corp' },
    agents: { clerk: { agent: (text: string) => text.trim(), capabilities: ['tidy'] } },
  });
  const { authority, agents, trust } = deployment;
  const result = await agents.clerk.run(' x ');
  const chain = await trust.exportChain('agent-clerk');
  tell({ publicKey: authority.publicKey, chain, result });
} catch (error) {
  tell({ code: (error as { code?: string }).code ?? String(error) });
}
process.disconnect();
