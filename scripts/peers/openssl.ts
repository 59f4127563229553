/**
 * The openssl command: whether it is there, what it says, and keys, certificates and Diffie-Hellman parameters that
 * it makes for the peers. It is the library that Debian's Postfix and Dovecot link, so it also says what they know.
 */
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dhPrimes } from '../../pipeline/formats/datasets.ts';

export type KeyKind = 'rsa' | 'ecdsa' | 'dsa';

/** A server's key with its certificate chain, as files. */
export interface KeyMaterial {
  kind: KeyKind;
  key_bits: number;
  key: string;
  /** PEM, leaf first: all certificates that the server is to show. */
  chain: string;
  /** The leaf alone, and its issuer where it has one: s_server wants them apart. */
  leaf: string;
  issuer: string | null;
  /** SHA-256 of each certificate in `chain`. */
  sha256: string[];
}

/** PKCS #3 parameters as a file. */
export interface DhParameters {
  file: string;
  prime_hex: string;
}

/** What to do where openssl is missing; undefined where it is there. */
export function missingOpenssl(): string | undefined {
  const there = spawnSync('openssl', ['version']).status === 0;
  return there ? undefined : 'openssl is not installed (apt-get install openssl)';
}

/** Standard output of `openssl ARGS`; throws with its standard error where it fails. */
export function openssl(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** A key whose certificate an intermediate authority signed; the chain holds both. */
export function signedKey(folder: string, name: string, newKey: NewKey): KeyMaterial {
  const ca = join(folder, `${name}-ca.pem`);
  const caKey = makeKey(folder, `${name}-ca`, NEW_KEYS.ecdsa);
  openssl('req', '-x509', '-new', '-key', caKey, '-subj', `/CN=${name} intermediate`, '-out', ca);
  const key = makeKey(folder, name, newKey);
  const leaf = join(folder, `${name}-leaf.pem`);
  const subject = ['-subj', `/CN=${name}.example`, '-addext', `subjectAltName=DNS:${name}.example`];
  openssl('req', '-x509', '-new', '-key', key, ...subject, '-CA', ca, '-CAkey', caKey, '-out', leaf);
  return material(folder, name, newKey, { key, leaf, issuer: ca });
}

/** A key with a certificate that it signed itself. */
export function selfSignedKey(folder: string, name: string, newKey: NewKey): KeyMaterial {
  const key = makeKey(folder, name, newKey);
  const leaf = join(folder, `${name}-leaf.pem`);
  openssl('req', '-x509', '-new', '-sha256', '-key', key, '-subj', `/CN=${name}`, '-out', leaf);
  return material(folder, name, newKey, { key, leaf, issuer: null });
}

/** The parameters that `datasets/dh_primes.csv` knows under `name`, with so many bits, as a PEM file. */
export function knownDhParameters(folder: string, name: string, bits: number): DhParameters {
  const known = dhPrimes().find((prime) => prime.name === name && prime.bits === bits);
  if (!known) throw new Error(`dh_primes.csv has no ${name} of ${bits} bits`);
  const base = join(folder, `dh-${known.prime_sha256.slice(0, 8)}`);
  const asn1 = ['asn1=SEQUENCE:dh', '[dh]', `p=INTEGER:0x${known.prime_hex}`];
  writeFileSync(`${base}.cnf`, [...asn1, `g=INTEGER:0x${known.generator_hex}`, ''].join('\n'));
  openssl('asn1parse', '-genconf', `${base}.cnf`, '-noout', '-out', `${base}.der`);
  openssl('dhparam', '-inform', 'DER', '-in', `${base}.der`, '-out', `${base}.pem`);
  return { file: `${base}.pem`, prime_hex: known.prime_hex };
}

function makeKey(folder: string, name: string, { genpkey, parameters }: NewKey): string {
  const key = join(folder, `${name}.key.pem`);
  if (!parameters) openssl('genpkey', ...genpkey, '-out', key);
  else {
    const file = join(folder, `${name}.param.pem`);
    openssl('genpkey', '-genparam', ...genpkey, '-out', file);
    openssl('genpkey', '-paramfile', file, '-out', key);
  }
  return key;
}

function material(
  folder: string,
  name: string,
  { kind, key_bits }: NewKey,
  files: Pick<KeyMaterial, 'key' | 'leaf' | 'issuer'>,
): KeyMaterial {
  const parts = [files.leaf, ...(files.issuer === null ? [] : [files.issuer])];
  const pems = parts.map((part) => readFileSync(part, 'utf8'));
  const chain = join(folder, `${name}-chain.pem`);
  writeFileSync(chain, pems.join(''));
  const sha256 = pems.map((pem) => new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase());
  return { kind, key_bits, chain, sha256, ...files };
}

export interface NewKey {
  kind: KeyKind;
  key_bits: number;
  /** Arguments of `openssl genpkey`. */
  genpkey: readonly string[];
  /** Whether parameters are made first (DSA). */
  parameters?: boolean;
}

export const NEW_KEYS = {
  rsa: { kind: 'rsa', key_bits: 2048, genpkey: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'] },
  rsa1024: {
    kind: 'rsa',
    key_bits: 1024,
    genpkey: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  },
  ecdsa: {
    kind: 'ecdsa',
    key_bits: 256,
    genpkey: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  },
  dsa: {
    kind: 'dsa',
    key_bits: 1024,
    genpkey: ['-algorithm', 'DSA', '-pkeyopt', 'dsa_paramgen_bits:1024'],
    parameters: true,
  },
} as const satisfies Record<string, NewKey>;
