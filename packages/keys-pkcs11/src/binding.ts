import { createRequire } from 'node:module';
import { KeyError } from '@kaizen-eatp/core/errors';

/** A session, a slot or an object of a module. */
export type Handle = Buffer;

/** An attribute of an object, or the attribute to read if it has no value. */
export interface Attribute {
  readonly type: number;
  readonly value?: number | boolean | string | Buffer;
}

/** The functions of `pkcs11js` that are used here. They throw errors with the module's code as `code`. */
export interface Binding {
  load(library: string): void;
  C_Initialize(options: { flags: number }): void;
  C_Finalize(): void;
  C_GetSlotList(withToken: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { label: string };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, user: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
  C_FindObjects(session: Handle, count: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(session: Handle, object: Handle, template: readonly Attribute[]): Attribute[];
  C_GenerateKeyPair(
    session: Handle,
    mechanism: { mechanism: number },
    publicKey: readonly Attribute[],
    privateKey: readonly Attribute[],
  ): { publicKey: Handle; privateKey: Handle };
  C_CreateObject(session: Handle, template: readonly Attribute[]): Handle;
  C_DestroyObject(session: Handle, object: Handle): void;
  C_SignInit(session: Handle, mechanism: { mechanism: number }, key: Handle): void;
  C_SignAsync(session: Handle, data: Buffer, output: Buffer): Promise<Buffer>;
}

/** Constants of PKCS#11. */
export const CKF_OS_LOCKING_OK = 0x2;
export const CKF_RW_SESSION = 0x2;
export const CKF_SERIAL_SESSION = 0x4;
export const CKU_USER = 1;
export const CKR_GENERAL_ERROR = 0x05;
export const CKR_USER_ALREADY_LOGGED_IN = 0x100;
export const CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191;

/** Loads `pkcs11js`, which is compiled when it is installed. @throws KeyError `SIGNING_FAILED`. */
export function newBinding(): Binding {
  try {
    const { PKCS11 } = createRequire(import.meta.url)('pkcs11js') as { PKCS11: new () => Binding };
    return new PKCS11();
  } catch (cause) {
    throw new KeyError('SIGNING_FAILED', 'The package pkcs11js cannot be loaded', {
      expected: 'pkcs11js 2, compiled for this version of Node.js',
      received: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
      remedy: 'Run: npm install pkcs11js, with a C++ compiler and Python on the path.',
      cause,
    });
  }
}
