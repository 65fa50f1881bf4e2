// A witness in a process of its own: prints its address and key, and serves until it is stopped.

import { FileKeyManager } from '@kaizen-eatp/core';
import { createWitness, verifierKey, witnessServer } from '@kaizen-eatp/core/checkpoints';

const [folder, file, ...logs] = process.argv.slice(2);
const keyManager = new FileKeyManager(folder, 'a passphrase of the witness');
const witness = await createWitness({ name: 'witness.example/w1', keyManager, keyId: 'w1', logs, file });
const server = witnessServer(witness).listen(0, '127.0.0.1', () => {
  process.send({
    url: `http://127.0.0.1:${server.address().port}`,
    key: verifierKey(witness.key, 'cosignature'),
  });
});
process.on('disconnect', () => process.exit());
