/**
 * Makes the village's keys and certificates with the openssl command, and index.json with what openssl says of
 * them, into scripts/village/certificates/. Run once: the outcome is committed, so that the village's truth
 * (fingerprints) is fixed. What exists is kept; delete a file to have it made anew, with all it signed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha1Hex, sha256Hex } from '../../pipeline/base/hex.ts';
import { type CertificateEntry, certificatesFolder } from './certificates.ts';

interface CertificateRequest {
  name: string;
  key: string;
  /** In the form of openssl's -subj. */
  subject: string;
  digest: string;
  issuer?: string;
  validity?: readonly [string, string];
  extensions?: readonly string[];
}

/** Field size of Curve25519 (RFC 8032, 5.1): openssl prints no number. */
const ED25519_BITS = 255;
const LONG: readonly [string, string] = ['20150601000000Z', '20450601000000Z'];
const OVER: readonly [string, string] = ['20100101000000Z', '20140101000000Z'];
const CA = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];

const KEYS: Readonly<Record<string, readonly string[]>> = {
  'rsa-512': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:512'],
  'rsa-512-temporary': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:512'],
  'rsa-1024': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  'rsa-2048': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa-4096': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:4096'],
  'ca-root': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'ca-intermediate': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'ec-p256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'ec-p384': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  ed25519: ['-algorithm', 'ED25519'],
};

const CERTIFICATES: readonly CertificateRequest[] = [
  {
    name: 'village-root',
    key: 'ca-root',
    subject: '/C=XX/O=Village Trust/CN=Village Root CA',
    digest: 'sha256',
    extensions: CA,
  },
  {
    name: 'village-intermediate',
    key: 'ca-intermediate',
    subject: '/C=XX/O=Village Trust/CN=Village Intermediate CA',
    digest: 'sha256',
    issuer: 'village-root',
    extensions: CA,
  },
  {
    name: 'mx-chain',
    key: 'rsa-2048',
    subject: '/CN=mx.village.example',
    digest: 'sha256',
    issuer: 'village-intermediate',
    extensions: ['subjectAltName=DNS:mx.village.example,DNS:mail.village.example'],
  },
  {
    name: 'mx-ec-chain',
    key: 'ec-p256',
    subject: '/CN=mx-ec.village.example',
    digest: 'sha256',
    issuer: 'village-intermediate',
    extensions: ['subjectAltName=DNS:mx-ec.village.example'],
  },
  {
    name: 'big-key-chain',
    key: 'rsa-4096',
    subject: '/C=XX/O=Big Key Hosting/CN=mail.bigkey.example',
    digest: 'sha384',
    issuer: 'village-intermediate',
    extensions: ['subjectAltName=DNS:mail.bigkey.example,DNS:*.bigkey.example'],
  },
  { name: 'ec-p384', key: 'ec-p384', subject: '/CN=p384.village.example', digest: 'sha384' },
  { name: 'ed25519', key: 'ed25519', subject: '/CN=ed25519.village.example', digest: 'null' },
  {
    name: 'parallels-panel',
    key: 'rsa-2048',
    subject:
      '/C=US/ST=Virginia/L=Herndon/O=Parallels/OU=Parallels Panel/CN=Parallels Panel/emailAddress=info@parallels.example',
    digest: 'sha1',
  },
  {
    name: 'imap-example',
    key: 'rsa-1024',
    subject: '/OU=IMAP server/CN=imap.example.com/emailAddress=postmaster@example.com',
    digest: 'sha1',
  },
  {
    name: 'courier-pop3',
    key: 'rsa-1024',
    subject:
      '/C=US/ST=NY/L=New York/O=Courier Mail Server/OU=Automatically-generated POP3 SSL key/CN=localhost/emailAddress=postmaster@example.com',
    digest: 'sha1',
  },
  {
    name: 'courier-imap',
    key: 'rsa-1024',
    subject:
      '/C=US/ST=NY/L=New York/O=Courier Mail Server/OU=Automatically-generated IMAP SSL key/CN=localhost/emailAddress=postmaster@example.com',
    digest: 'sha1',
  },
  {
    name: 'some-organization',
    key: 'rsa-1024',
    subject:
      '/C=--/ST=SomeState/L=SomeCity/O=SomeOrganization/OU=SomeOrganizationalUnit/CN=localhost.localdomain/emailAddress=root@localhost.localdomain',
    digest: 'md5',
  },
  {
    name: 'dovecot-localhost',
    key: 'rsa-2048',
    subject: '/O=Dovecot mail server/OU=localhost/CN=localhost/emailAddress=root@localhost.example',
    digest: 'sha256',
  },
  {
    name: 'plesk-expired',
    key: 'rsa-1024',
    subject: '/C=US/ST=Virginia/L=Herndon/O=SWsoft, Inc./OU=Plesk/CN=plesk/emailAddress=info@plesk.example',
    digest: 'md5',
    validity: OVER,
  },
  {
    name: 'expired-chain',
    key: 'rsa-2048',
    subject: '/CN=mail.expired.example',
    digest: 'sha256',
    issuer: 'village-intermediate',
    validity: OVER,
    extensions: ['subjectAltName=DNS:mail.expired.example'],
  },
  {
    name: 'appliance-512',
    key: 'rsa-512',
    subject: '/O=Mail Appliance/CN=appliance.local',
    digest: 'md5',
    validity: OVER,
  },
  {
    name: 'hostile',
    key: 'rsa-2048',
    subject:
      '/O=\u001b[31mred\u001b[0m/OU=\u202egro.elpmaxe/CN=<script>alert(1)<\\/script>/emailAddress=a"b,c;d@hostile.example',
    digest: 'sha256',
  },
];

makeAll();

function makeAll(): void {
  for (const [name, options] of Object.entries(KEYS)) makeKey(name, options);
  const work = mkdtempSync(join(tmpdir(), 'village-certificates-'));
  try {
    for (const [index, request] of CERTIFICATES.entries()) makeCertificate(request, index + 1, work);
  } finally {
    rmSync(work, { recursive: true });
  }
  const entries = CERTIFICATES.map(describe);
  writeFileSync(file('index.json'), `${asciiJson(entries)}\n`);
}

function makeKey(name: string, options: readonly string[]): void {
  const out = file(`${name}.key.pem`);
  if (!existsSync(out)) openssl('genpkey', ...options, '-out', out);
}

/** Signs with `openssl ca`, the one subcommand of OpenSSL 3.0 that takes both dates. */
function makeCertificate(request: CertificateRequest, serial: number, work: string): void {
  const out = file(`${request.name}.pem`);
  if (existsSync(out)) return;
  const csr = join(work, 'request.pem');
  const config = join(work, 'ca.cnf');
  writeFileSync(config, caConfig(request, work));
  writeFileSync(join(work, 'index.txt'), '');
  writeFileSync(join(work, 'serial'), `${(0x1000 + serial).toString(16)}\n`);
  const key = file(`${request.key}.key.pem`);
  openssl('req', '-new', '-config', config, '-utf8', '-key', key, '-subj', request.subject, '-out', csr);
  const [start, end] = request.validity ?? LONG;
  const signer = request.issuer ? ['-cert', file(`${request.issuer}.pem`)] : ['-selfsign'];
  const signerKey = file(`${request.issuer ? keyOf(request.issuer) : request.key}.key.pem`);
  openssl(
    ...[
      'ca',
      '-batch',
      '-notext',
      '-preserveDN',
      '-config',
      config,
      ...signer,
      '-keyfile',
      signerKey,
      '-md',
      request.digest,
    ],
    ...['-startdate', start, '-enddate', end, '-in', csr, '-out', out],
  );
}

function caConfig(request: CertificateRequest, work: string): string {
  const extensions = request.extensions ?? [];
  return [
    '[req]\nprompt=no\nstring_mask=utf8only\ndistinguished_name=dn\n[dn]\n[ca]\ndefault_ca=village\n[village]',
    `database=${join(work, 'index.txt')}\nserial=${join(work, 'serial')}\nnew_certs_dir=${work}`,
    'policy=policy\nunique_subject=no',
    ...(extensions.length > 0 ? ['x509_extensions=extensions'] : []),
    '[policy]\ncommonName=optional',
    '[extensions]',
    ...extensions,
    '',
  ].join('\n');
}

function keyOf(certificate: string): string {
  const request = CERTIFICATES.find((candidate) => candidate.name === certificate);
  if (!request) throw new Error(`no certificate ${certificate}`);
  return request.key;
}

/** What openssl says of a certificate. The subject is in RFC 4514's form, control characters as they are. */
function describe(request: CertificateRequest): CertificateEntry {
  const path = file(`${request.name}.pem`);
  const der = execFileSync('openssl', ['x509', '-in', path, '-outform', 'DER']);
  const nameopt = 'esc_2253,utf8,sep_comma_plus,dn_rev,sname';
  const subject = openssl('x509', '-in', path, '-noout', '-subject', '-nameopt', nameopt);
  const text = openssl('x509', '-in', path, '-noout', '-text', '-certopt', 'no_sigdump');
  const pem = readFileSync(path, 'utf8');
  if (!pem.startsWith('-----BEGIN CERTIFICATE-----')) throw new Error(`${path} is no bare PEM`);
  return {
    name: request.name,
    key: request.key,
    subject: subject.replace(/^subject=/, '').replace(/\n$/, ''),
    key_algorithm: keyAlgorithm(text),
    key_bits: Number(/Public-Key: \((\d+) bit\)/.exec(text)?.[1] ?? ED25519_BITS),
    signature: /Signature Algorithm: (\S+)/.exec(text)![1]!,
    sha1: sha1Hex(der),
    sha256: sha256Hex(der),
  };
}

function keyAlgorithm(text: string): string {
  const name = /Public Key Algorithm: (\S+)/.exec(text)![1]!;
  return { rsaEncryption: 'RSA', 'id-ecPublicKey': 'EC', ED25519: 'Ed25519' }[name] ?? name;
}

/** JSON in ASCII: the hostile subject must not play its tricks on who reads the file. */
function asciiJson(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, 2).replace(/[^\n -~]/g, escaped);
}

function openssl(...options: string[]): string {
  return execFileSync('openssl', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function file(name: string): string {
  return join(certificatesFolder, name);
}
