import type { Settings } from './options.js';

/** The options of a connection that the client and the worker share. */
export const connectionOptions = ({ address, tls, apiKey }: Settings) => ({
  address,
  ...(tls !== false && { tls: tls === true ? {} : tlsOf(tls) }),
  ...(apiKey !== undefined && { apiKey }),
});

const tlsOf = ({
  serverRootCACertificate,
  serverNameOverride,
  clientCertPair,
}: Exclude<Settings['tls'], boolean>) => ({
  ...(serverRootCACertificate && { serverRootCACertificate: Buffer.from(serverRootCACertificate) }),
  ...(serverNameOverride !== undefined && { serverNameOverride }),
  ...(clientCertPair && {
    clientCertPair: { crt: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) },
  }),
});
