import { createRequire } from 'node:module';

/** The functions of `sodium-native` that are used here; the package has no types. */
interface SodiumNative {
  sodium_malloc(bytes: number): Buffer;
  crypto_sign_seed_keypair(publicKey: Buffer, secretKey: Buffer, seed: Buffer): void;
  crypto_sign_detached(signature: Buffer, message: Buffer, secretKey: Buffer): void;
}

export default createRequire(import.meta.url)('sodium-native') as SodiumNative;
