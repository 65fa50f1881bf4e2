import { z } from 'zod';
import { parseOptions } from '../wire/index.js';

/** Options of `verifyReceipt()`. */
export interface VerifyReceiptOptions {
  /**
   * The authorities that the caller trusts, by id: the public key (base64 of 32 bytes), or the key with the agents that the
   * authority can speak for. Default: none, so that a receipt is `consistent` at best.
   */
  readonly authorities?: Readonly<Record<string, string | TrustedAuthority>>;
}

/** An authority that an auditor trusts. */
export interface TrustedAuthority {
  /** The public key: base64 of 32 bytes. */
  readonly publicKey: string;
  /** The ids of the agents that it can speak for, or beginnings of ids that end in `*`. Default: all agents. */
  readonly namespaces?: readonly string[];
}

/** The schema of {@link VerifyReceiptOptions}. */
export const verifyReceiptOptions = z.strictObject({
  authorities: z
    .record(
      z.string(),
      z.union([
        z.string(),
        z.strictObject({ publicKey: z.string(), namespaces: z.array(z.string()).optional() }),
      ]),
    )
    .optional(),
});

/** The trusted authorities by id; undefined if the caller named none. */
export type Pins = ReadonlyMap<string, TrustedAuthority> | undefined;

/** @throws InvalidArgumentError. */
export function parseVerifyOptions(given: VerifyReceiptOptions): Pins {
  const { authorities } = parseOptions(verifyReceiptOptions, given, 'verifyReceipt()');
  if (!authorities) return undefined;
  return new Map(
    Object.entries(authorities).map(([id, pin]) => [
      id,
      (typeof pin === 'string' ? { publicKey: pin } : pin) as TrustedAuthority,
    ]),
  );
}

/** Whether an authority can speak for an agent. */
export const isInNamespaces = ({ namespaces }: TrustedAuthority, agentId: string): boolean =>
  namespaces === undefined ||
  namespaces.some((namespace) =>
    namespace.endsWith('*') ? agentId.startsWith(namespace.slice(0, -1)) : agentId === namespace,
  );
