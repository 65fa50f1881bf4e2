import { EatpError } from './eatp-error.js';

declare module './error-code-map.js' {
  interface ErrorCodeMap {
    /** The version of Node.js is too old. Importing the package fails. */
    NODE_UNSUPPORTED: UnsupportedNodeError;
  }
}

const MINIMUM: readonly [number, number] = [22, 12];

/** The version of Node.js is too old for this package. Code `NODE_UNSUPPORTED`. */
export class UnsupportedNodeError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:UnsupportedNodeError';

  constructor(version: string) {
    super('NODE_UNSUPPORTED', '@kaizen-eatp/core cannot run on this version of Node.js', {
      expected: `Node.js ${MINIMUM.join('.')} or later`,
      received: `Node.js ${version}`,
      remedy: 'Update Node.js.',
      evidence: { version },
    });
  }
}

/**
 * Refuses a version of Node.js that is too old, when the package is imported. On an older version the package would
 * fail later, with errors that do not name the cause. Other runtimes and browsers are not checked.
 */
function expectSupportedNode(): void {
  const { versions } =
    (globalThis as { process?: { versions?: Readonly<Record<string, string | undefined>> } }).process ?? {};
  if (versions?.node === undefined || versions.bun !== undefined || versions.deno !== undefined) return;
  const [major = 0, minor = 0] = versions.node.split('.').map(Number);
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return;
  throw new UnsupportedNodeError(versions.node);
}

expectSupportedNode();
