/** Calls of commands that serve until they are interrupted, and of those that talk to them; each has tests of its own. */
export const SERVICE_CALLS = {
  listen: 'bridge serve --host 127.0.0.1 --port 0',
  listenTls: 'bridge serve --tls-cert {folder}/cert.pem --tls-key {folder}/key.pem',
  token:
    'bridge token --authority org-acme --agent analyst=analyze_data --constraints read_only --expires-in 5m',
} as const;
