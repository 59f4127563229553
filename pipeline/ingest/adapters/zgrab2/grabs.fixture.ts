/** Lines as zgrab2 writes them, made by its documented shape, about servers that do not exist. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../base/package-root.ts';

export const LEAF = readFileSync(join(packageRoot, 'pipeline/x509/samples/rsa2048-san.der'));
export const ISSUER = readFileSync(join(packageRoot, 'pipeline/x509/samples/rsa1024-sha1-ca.der'));

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const suite = (hex: string, name: string) => ({ hex: `0x${hex}`, name, value: Number.parseInt(hex, 16) });

/** A prime of 1,024 bits by its length; that it is prime matters to nobody here. */
export const PRIME = new Uint8Array(128).fill(0xd6);

export const SERVER_HELLO = {
  version: { name: 'TLSv1.2', value: 771 },
  random: base64(Buffer.from('5630d3f0'.padEnd(64, '7'), 'hex')),
  session_id: base64(Buffer.alloc(32, 5)),
  cipher_suite: suite('009E', 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256') as unknown,
  compression_method: 0 as unknown,
  ocsp_stapling: false,
  ticket: true,
  secure_renegotiation: true,
  heartbeat: false,
  extended_master_secret: false,
};

export const CERTIFICATES = {
  certificate: { raw: base64(LEAF), parsed: { version: 3, subject_dn: 'CN=mail.example' } },
  chain: [{ raw: base64(ISSUER), parsed: { version: 3 } }],
  validation: { browser_trusted: false, browser_error: 'x509: unknown error' },
};

const SIGNATURE = {
  raw: base64(Buffer.alloc(256, 1)),
  type: 'rsa',
  valid: true,
  signature_and_hash_type: { signature_algorithm: 'rsa', hash_algorithm: 'sha256' },
  tls_version: { name: 'TLSv1.2', value: 771 },
};

export const DH_KEY_EXCHANGE = {
  dh_params: {
    prime: { value: base64(PRIME), length: 1024 },
    generator: { value: base64(Uint8Array.of(2)), length: 2 },
    server_public: { value: base64(new Uint8Array(128).fill(0x51)), length: 1023 },
  },
  digest: base64(Buffer.alloc(32, 3)),
  signature: SIGNATURE,
};

export const EC_KEY_EXCHANGE = {
  ecdh_params: {
    curve_id: { name: 'secp256r1', id: 23 },
    server_public: {
      x: { value: base64(Buffer.alloc(31, 9)), length: 248 },
      y: { value: base64(Buffer.alloc(32, 8)), length: 256 },
    },
  },
  signature: SIGNATURE,
};

export const HANDSHAKE_LOG = {
  server_hello: SERVER_HELLO,
  server_certificates: CERTIFICATES,
  server_key_exchange: DH_KEY_EXCHANGE as object,
  client_key_exchange: { dh_params: {} },
  client_finished: { verify_data: 'AAAAAAAAAAAAAAAA' },
  server_finished: { verify_data: 'AAAAAAAAAAAAAAAA' },
  key_material: { master_secret: { value: 'AA==', length: 1 } },
};

export const TLS13_LOG = {
  server_hello: {
    ...SERVER_HELLO,
    cipher_suite: suite('1301', 'TLS_AES_128_GCM_SHA256'),
    ...{ ticket: false, secure_renegotiation: false },
    supported_versions: { selected_version: { name: 'TLSv1.3', value: 772 } } as unknown,
  },
  server_certificates: CERTIFICATES,
};

export const SMTP_RESULT = {
  banner: '220 mail.example ESMTP Postfix\r\n',
  ehlo: '250-mail.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n',
  starttls: '220 2.0.0 Ready to start TLS\r\n',
  tls: { handshake_log: HANDSHAKE_LOG as object },
};

export interface Response {
  status: string;
  protocol?: string;
  port?: number;
  result?: object;
  timestamp?: string;
  error?: string;
}

export function smtp(changes: Partial<Response> = {}): Response {
  return {
    ...{ status: 'success', protocol: 'smtp', port: 25, result: SMTP_RESULT },
    ...{ timestamp: '2025-10-28T12:00:01+02:00' },
    ...changes,
  };
}

/** A line without its line feed. */
export function grab(data: { [name: string]: unknown }, host: object = { ip: '192.0.2.1' }): string {
  return JSON.stringify({ ...host, data });
}
