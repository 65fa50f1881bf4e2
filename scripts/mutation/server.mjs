/** Starts a PostgreSQL server for all mutants, where one is needed. @returns its URL and the function that stops it. */
export async function serverFor(parts) {
  if (!parts.includes('postgres')) return { stop: async () => undefined };
  const { EmbeddedServer } = await import('../../packages/store-postgres/test/server/embedded-server.ts');
  const server = await EmbeddedServer.start(['-c', 'max_connections=200']);
  process.env.DATABASE_URL = server.url;
  return { url: server.url, stop: () => server.stop() };
}
