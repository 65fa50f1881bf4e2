// Generates one key in a token: library, pin, key id. Prints the public key, or the code of the error.
import { Pkcs11KeyManager } from '@kaizen-eatp/keys-pkcs11';

const [library, pin, keyId] = process.argv.slice(2) as [string, string, string];
await using keys = await Pkcs11KeyManager.open({ library, token: 'acme', pin });
const made = await keys.generateKey(keyId).catch((error: { code: string }) => error.code);
console.log(made, await keys.publicKey(keyId));
