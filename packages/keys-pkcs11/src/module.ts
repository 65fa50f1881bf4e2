import { KeyError } from '@kaizen-eatp/core/errors';
import { type Binding, CKF_OS_LOCKING_OK, CKR_CRYPTOKI_ALREADY_INITIALIZED, newBinding } from './binding.js';

interface Loaded {
  readonly module: Binding;
  users: number;
  readonly finalizes: boolean;
}

/** A library can be initialized once in a process, so key managers share it. */
const loaded = new Map<string, Loaded>();

/** Loads a PKCS#11 library. @throws KeyError `SIGNING_FAILED`. */
export function openModule(library: string): Binding {
  const known = loaded.get(library);
  if (known) {
    known.users += 1;
    return known.module;
  }
  const module = newBinding();
  const finalizes = failing(`The PKCS#11 library ${library} cannot be used`, () => {
    module.load(library);
    try {
      module.C_Initialize({ flags: CKF_OS_LOCKING_OK });
      return true;
    } catch (error) {
      // Other code of this process uses the library too, and finalizes it.
      if (!isCode(error, CKR_CRYPTOKI_ALREADY_INITIALIZED)) throw error;
      return false;
    }
  });
  loaded.set(library, { module, users: 1, finalizes });
  return module;
}

/** Ends one use of a library. */
export function closeModule(library: string): void {
  const known = loaded.get(library);
  if (!known) return;
  known.users -= 1;
  if (known.users > 0) return;
  loaded.delete(library);
  if (known.finalizes) known.module.C_Finalize();
}

/** Whether an error of a module has this code. */
export const isCode = (error: unknown, code: number): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === code;

/** Runs a function, and names what failed. @throws KeyError `SIGNING_FAILED`. */
export function failing<T>(summary: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw moduleFailed(summary, cause);
  }
}

/** The error for a failure of a module. */
export function moduleFailed(summary: string, cause: unknown): KeyError {
  if (cause instanceof KeyError) return cause;
  return new KeyError('SIGNING_FAILED', summary, {
    received: cause instanceof Error ? cause.message : String(cause),
    remedy: 'See `cause`: the code of the PKCS#11 module (CKR_…). Check the library, the token and the PIN.',
    cause,
  });
}
