import { execFileSync } from 'node:child_process';

/** Writes a certificate that nobody has signed, for `ops.example`, and its key. */
export function certificate(cert: string, key: string): void {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=ops.example', '-keyout', key, '-out', cert],
    ],
    { stdio: 'pipe' },
  );
}
