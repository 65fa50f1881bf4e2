import type { TrustStore } from '@kaizen-eatp/core/store';

/** Where a store is, as one process tells another. */
export type Place =
  | { readonly kind: 'sqlite'; readonly path: string }
  | {
      readonly kind: 'postgres';
      readonly connectionString: string;
      readonly schema: string;
      readonly ownerTimeout?: number;
    };

export async function openPlace({ kind, ...options }: Place): Promise<TrustStore> {
  if (kind === 'sqlite') {
    const { SqliteTrustStore } = await import('@kaizen-eatp/store-sqlite');
    return SqliteTrustStore.open(options as { path: string });
  }
  const { PostgresTrustStore } = await import('@kaizen-eatp/store-postgres');
  return PostgresTrustStore.open(options as { connectionString: string; schema: string });
}
