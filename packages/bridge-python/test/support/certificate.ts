import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A self-signed certificate for localhost. Needs the `openssl` command. */
export function selfSigned(): { readonly cert: Buffer; readonly key: Buffer; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-certificate-'));
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ],
    { stdio: 'ignore' },
  );
  const made = { cert: readFileSync(cert), key: readFileSync(key), folder };
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return made;
}
