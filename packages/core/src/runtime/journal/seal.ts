import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomFillSync } from 'node:crypto';
import { KeyError } from '../../errors/index.js';
import type { Deployment } from '../../trust/deployment.js';

/** The key of the key manager from which the keys of runs are derived. */
export const RUN_KEY = 'eatp-durable-runs';

const DERIVATION = 'kaizen-eatp durable runs: this text derives the key that seals their content, version 1';
const IV = 12;
const TAG = 16;

/** Encrypts what a store keeps of a durable run, so that only a process with the key can read it. */
export interface Seal {
  /** @param place - what the text is, which is checked when it is opened. */
  seal(text: string, place: string): string;
  /** @throws KeyError `BAD_KEY` if it was sealed with another key, for another place, or changed. */
  open(sealed: string, place: string): string;
}

const ivs = Buffer.alloc(IV * 256);
let nextAt = ivs.length;

/** Returns a random initialization vector. Vectors are generated many at a time, since each request to the generator is slow. */
function nextIv(): Buffer {
  if (nextAt === ivs.length) {
    randomFillSync(ivs);
    nextAt = 0;
  }
  nextAt += IV;
  return Buffer.from(ivs.subarray(nextAt - IV, nextAt));
}

const secrets = new WeakMap<Deployment, Promise<Buffer>>();

/** Returns the seal of a run. @throws KeyError. */
export async function sealOf(deployment: Deployment, runId: string): Promise<Seal> {
  let secret = secrets.get(deployment);
  if (!secret) {
    secret = secretOf(deployment);
    secrets.set(deployment, secret);
    secret.catch(() => secrets.delete(deployment));
  }
  // Node.js examines a key that is given as bytes again for each cipher, which takes longer than to encrypt an outcome.
  const derived = hkdfSync('sha256', await secret, runId, 'kaizen-eatp/durable-run', 32);
  const key = createSecretKey(Buffer.from(derived));
  return {
    seal(text, place) {
      const iv = nextIv();
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      cipher.setAAD(Buffer.from(place));
      const body = cipher.update(text, 'utf8');
      cipher.final();
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed, place) {
      try {
        const bytes = Buffer.from(sealed, 'base64');
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV), { authTagLength: TAG });
        decipher.setAAD(Buffer.from(place));
        decipher.setAuthTag(bytes.subarray(IV, IV + TAG));
        return Buffer.concat([decipher.update(bytes.subarray(IV + TAG)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw cannotOpen(runId, cause);
      }
    },
  };
}

async function secretOf({ keyManager }: Deployment): Promise<Buffer> {
  if ((await keyManager.publicKey(RUN_KEY)) === undefined) {
    // If several processes generate it concurrently, one succeeds and the others find its key.
    await keyManager.generateKey(RUN_KEY).catch(async (error: unknown) => {
      if ((await keyManager.publicKey(RUN_KEY)) === undefined) throw error;
    });
  }
  // Ed25519 gives one signature for one text, and this text is signed for nothing else.
  const secret = keyManager.mac ? keyManager.mac(DERIVATION, RUN_KEY) : keyManager.sign(DERIVATION, RUN_KEY);
  return Buffer.from(await secret, 'base64');
}

const cannotOpen = (runId: string, cause: unknown): KeyError =>
  new KeyError('BAD_KEY', `The stored content of run ${runId} cannot be read`, {
    expected: `the key '${RUN_KEY}' of the process that submitted the run`,
    received: 'another key, or content that was changed',
    remedy: 'Give every worker the same key, for instance by one FileKeyManager folder or one key service.',
    evidence: { runId, keyId: RUN_KEY },
    cause,
  });
