/** Signature schemes that the server signs its key exchange with, in TLS 1.2 and in TLS 1.3: each asked in its own way. */
import type { Probe } from './probe.ts';
import { tls12Schemes } from './tls12-schemes.ts';
import { tls13Schemes } from './tls13-schemes.ts';

export const signatureSchemes: Probe = {
  name: 'signature-schemes',
  async run(session, tallies, findings) {
    const found = [
      await tls12Schemes(session, tallies),
      await tls13Schemes(session, tallies, findings.groups),
    ];
    findings.signature_schemes.push(...found.filter((counts) => counts !== null));
  },
};
