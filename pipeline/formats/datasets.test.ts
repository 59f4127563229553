import { checkPrimeSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { describeWithShared } from '../../scripts/testing/shared-data.ts';
import { fromHex, sha256Hex } from '../base/hex.ts';
import { alertName } from '../tls/alerts.ts';
import { DEFAULT_SIGNATURE_SCHEMES } from '../tls/signature-schemes.ts';
import { VERSIONS } from '../tls/versions.ts';
import { csvRows } from './csv.ts';
import {
  cipherSuites,
  datasetsFolder,
  dhPrimes,
  namedGroups,
  objectIdentifiers,
  publishedValues,
  signatureSchemes,
  studySuites,
  suiteByOpensslName,
  suitesOfVersion,
  tlsVersions,
} from './datasets.ts';

const FILES: Record<string, string> = {
  'cipher_suites.csv':
    'code,name,openssl_name,key_exchange,authentication,encryption,encryption_bits,mac,export,min_version,max_version,study_2015,reference',
  'named_groups.csv': 'code,name,kind,bits,reference',
  'signature_schemes.csv': 'code,name,algorithm,hash,reference',
  'tls_versions.csv': 'code,name,reference',
  'alerts.csv': 'code,name,reference',
  'dh_primes.csv': 'prime_sha256,bits,name,software,generator_hex,prime,safe_prime,note,prime_hex',
  'published_2015.csv': 'table_name,port,item,value,unit,status,source',
  'object_identifiers.csv': 'oid,name,kind,reference',
  'mail_software.csv': 'pattern,protocol,software,vendor,note',
};

describe('every dataset', () => {
  it('is listed here and in the README', () => {
    const files = readdirSync(datasetsFolder).filter((file) => file.endsWith('.csv'));
    expect(files.sort()).toEqual(Object.keys(FILES).sort());
    const readme = readFileSync(join(datasetsFolder, 'README.md'), 'utf8');
    for (const file of files) expect(readme).toContain(`## ${file}`);
  });

  it.each(Object.entries(FILES))('%s is CSV with line feeds and the documented columns', (file, columns) => {
    const text = readFileSync(join(datasetsFolder, file), 'utf8');
    expect(text.startsWith(`${columns}\n`)).toBe(true);
    expect(text).not.toMatch(/\r|\n\n/);
    expect(text.endsWith('\n')).toBe(true);
    const rows: string[][] = parse(text);
    expect(rows.length).toBeGreaterThan(5);
  });

  it.each(Object.keys(FILES))('%s is read as a general parser reads it', (file) => {
    const text = readFileSync(join(datasetsFolder, file), 'utf8');
    expect(csvRows(text)).toEqual(parse(text, { columns: true }));
  });
});

describe('alerts.csv', () => {
  it('has the names that the scanner gives to alerts, in the order of their numbers', () => {
    const alerts = csvRows(readFileSync(join(datasetsFolder, 'alerts.csv'), 'utf8'));
    expect(alerts.length).toBeGreaterThan(30);
    for (const { code, name } of alerts) expect(alertName(Number(code))).toBe(name);
    const codes = alerts.map(({ code }) => Number(code));
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
    const named = Array.from({ length: 256 }, (_, code) => code).filter(
      (code) => !/^alert \d/.test(alertName(code)),
    );
    expect(codes).toEqual(named);
  });
});

describe('cipher_suites.csv', () => {
  it('holds the registry, SSLv2 and the private ones, once each, by code', () => {
    const suites = cipherSuites();
    const codes = suites.map((suite) => suite.code);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
    expect(new Set(suites.map((suite) => suite.name)).size).toBe(suites.length);
    expect(suites.length).toBe(380);
    expect(suitesOfVersion(2).length).toBe(10);
    expect(suitesOfVersion(0x0304).length).toBe(15);
    expect(codes).not.toContain(0x00ff);
    expect(codes).not.toContain(0x5600);
  });

  it('says of every suite how it works and where it stands', () => {
    const text = /^[A-Z0-9][A-Za-z0-9_]*$/;
    for (const suite of cipherSuites()) {
      expect(suite.key_exchange, suite.name).toMatch(text);
      expect(suite.authentication, suite.name).toMatch(/^([A-Z0-9]+|anon|any)$/);
      expect(suite.encryption, suite.name).toMatch(text);
      expect(suite.mac, suite.name).toMatch(text);
      expect([0, 40, 56, 64, 112, 128, 256], suite.name).toContain(suite.encryption_bits);
      expect(suite.encryption_bits === 0, suite.name).toBe(suite.encryption === 'NULL');
      expect(VERSIONS, suite.name).toContain(suite.min_version);
      expect(VERSIONS, suite.name).toContain(suite.max_version);
      expect(suite.min_version, suite.name).toBeLessThanOrEqual(suite.max_version);
      expect(suite.code > 0xffff, suite.name).toBe(suite.max_version === 2);
      expect(suite.export, suite.name).toBe(/EXPORT/.test(suite.name));
      expect(suite.reference, suite.name).not.toBe('');
    }
  });

  it.each([
    [0x0000, 'NULL', 'NULL', 'NULL', 0, 'NULL', false, 0x0300],
    [0x0003, 'RSA', 'RSA', 'RC4_40', 40, 'MD5', true, 0x0300],
    [0x0016, 'DHE', 'RSA', '3DES_EDE_CBC', 112, 'SHA1', false, 0x0300],
    [0x0019, 'DH_anon', 'anon', 'DES40_CBC', 40, 'SHA1', true, 0x0300],
    [0x0062, 'RSA', 'RSA', 'DES_CBC', 56, 'SHA1', true, 0x0300],
    [0x00ae, 'PSK', 'PSK', 'AES_128_CBC', 128, 'SHA256', false, 0x0301],
    [0x1301, 'TLS13', 'any', 'AES_128_GCM', 128, 'AEAD', false, 0x0304],
    [0xc013, 'ECDHE', 'RSA', 'AES_128_CBC', 128, 'SHA1', false, 0x0300],
    [0xc028, 'ECDHE', 'RSA', 'AES_256_CBC', 256, 'SHA384', false, 0x0303],
    [0xc0ae, 'ECDHE', 'ECDSA', 'AES_128_CCM_8', 128, 'AEAD', false, 0x0303],
    [0xc0b4, 'TLS13', 'any', 'NULL', 0, 'SHA256', false, 0x0304],
    [0xccac, 'ECDHE_PSK', 'PSK', 'CHACHA20_POLY1305', 256, 'AEAD', false, 0x0303],
    [0x040080, 'RSA', 'RSA', 'RC2_CBC_40', 40, 'MD5', true, 0x0002],
    [0x080080, 'RSA', 'RSA', 'RC4_64', 64, 'MD5', false, 0x0002],
    [0xff87, 'GOST', 'GOST', 'NULL', 0, 'GOSTR3411', false, 0x0301],
    [0xffe0, 'RSA', 'RSA', '3DES_EDE_CBC', 112, 'SHA1', false, 0x0300],
  ])(
    'knows %i',
    (code, key_exchange, authentication, encryption, encryption_bits, mac, grade, min_version) => {
      expect(cipherSuites().find((suite) => suite.code === code)).toMatchObject({
        key_exchange,
        authentication,
        encryption,
        encryption_bits,
        mac,
        export: grade,
        min_version,
      });
    },
  );

  it('knows what the study of 2015 offered, by its names', () => {
    expect(studySuites(0x0002).length).toBe(7);
    for (const version of [0x0300, 0x0301, 0x0302, 0x0303]) expect(studySuites(version).length).toBe(136);
    expect(studySuites(0x0304)).toEqual([]);
    expect(suiteByOpensslName(0x0002, 'RC4-MD5')?.code).toBe(0x010080);
    expect(suiteByOpensslName(0x0301, 'RC4-MD5')?.code).toBe(0x0004);
    expect(suiteByOpensslName(0x0303, 'EDH-RSA-DES-CBC3-SHA')?.code).toBe(0x0016);
    expect(suiteByOpensslName(0x0303, 'no such suite')).toBeUndefined();
  });

  it('has each OpenSSL name at most once, SSLv2 apart', () => {
    const names = cipherSuites()
      .filter((suite) => suite.openssl_name !== '')
      .map((suite) => `${suite.max_version === 2} ${suite.openssl_name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(250);
  });
});

describeWithShared('study-patterns', "the study's positions", (folder) => {
  it('are all known, by version and name', () => {
    const rows: Record<string, string>[] = parse(readFileSync(join(folder, 'positions.csv')), {
      columns: true,
    });
    const codes = new Map(tlsVersions().map(({ name, code }) => [name, code]));
    const unknown = rows.filter(({ version = '', openssl_name = '' }) => {
      const code = codes.get(version) ?? 0;
      const suite = suiteByOpensslName(code, openssl_name);
      return suite === undefined || !studySuites(code).includes(suite);
    });
    expect(unknown).toEqual([]);
    expect(rows.length).toBe(551);
  });
});

describe('named_groups.csv', () => {
  it('holds the registry, once each, by code', () => {
    const groups = namedGroups();
    const codes = groups.map((group) => group.code);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
    expect(new Set(groups.map((group) => group.name)).size).toBe(61);
    for (const { name, kind, bits } of groups) {
      expect(['ecdh', 'ffdh', 'hybrid', 'kem', 'explicit'], name).toContain(kind);
      expect(bits > 0, name).toBe(kind !== 'kem' && kind !== 'explicit');
    }
  });

  it.each([
    [23, 'secp256r1', 'ecdh', 256],
    [14, 'sect571r1', 'ecdh', 571],
    [29, 'x25519', 'ecdh', 255],
    [30, 'x448', 'ecdh', 448],
    [31, 'brainpoolP256r1tls13', 'ecdh', 256],
    [256, 'ffdhe2048', 'ffdh', 2048],
    [0x11ec, 'X25519MLKEM768', 'hybrid', 255],
    [0x639a, 'SecP256r1Kyber768Draft00', 'hybrid', 256],
    [0xfe30, 'X25519Kyber512Draft00', 'hybrid', 255],
    [0xff01, 'arbitrary_explicit_prime_curves', 'explicit', 0],
  ])('knows %i', (code, name, kind, bits) => {
    expect(namedGroups().find((group) => group.code === code)).toMatchObject({ name, kind, bits });
  });
});

describe('signature_schemes.csv', () => {
  it('holds the registry and the pairs of TLS 1.2, once each, by code', () => {
    const schemes = signatureSchemes();
    const codes = schemes.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
    expect(new Set(schemes.map(({ name }) => name)).size).toBe(49);
    for (const { code, name, algorithm, hash, reference } of schemes) {
      // RFC 5246, 7.4.1.4.1: the high byte is the hash, where the low one is RSA, DSA or ECDSA.
      const pair = code >> 8 <= 6 && (code & 0xff) <= 3;
      if (pair) expect(PAIRED_HASHES[(code >> 8) - 1], name).toBe(hash);
      if (pair) expect(PAIRED_ALGORITHMS[(code & 0xff) - 1], name).toBe(algorithm);
      expect(reference, name).not.toBe('');
    }
  });

  it('names all that a hello offers by default', () => {
    const known = new Set(signatureSchemes().map(({ code }) => code));
    expect(DEFAULT_SIGNATURE_SCHEMES.filter((scheme) => !known.has(scheme))).toEqual([]);
  });

  it.each([
    [0x0101, 'rsa_pkcs1_md5', 'RSA', 'MD5'],
    [0x0503, 'ecdsa_secp384r1_sha384', 'ECDSA', 'SHA384'],
    [0x0804, 'rsa_pss_rsae_sha256', 'RSA-PSS', 'SHA256'],
    [0x0807, 'ed25519', 'EdDSA', ''],
    [0x0905, 'mldsa65', 'ML-DSA', ''],
  ])('knows %i', (code, name, algorithm, hash) => {
    expect(signatureSchemes().find((one) => one.code === code)).toMatchObject({ name, algorithm, hash });
  });
});

const PAIRED_HASHES = ['MD5', 'SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512'];
const PAIRED_ALGORITHMS = ['RSA', 'DSA', 'ECDSA'];

describe('tls_versions.csv', () => {
  it('names every version of the wire', () => {
    expect(tlsVersions().map((version) => version.code)).toEqual(VERSIONS);
    const names = tlsVersions().map((version) => version.name);
    expect(names.join(' ')).toBe('SSLv2 SSLv3 TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3');
  });
});

describe('dh_primes.csv', () => {
  it('has the hash and the size of every prime, once each, by hash', () => {
    const hashes = dhPrimes().map((prime) => prime.prime_sha256);
    expect(hashes).toEqual([...new Set(hashes)].sort());
    expect(hashes.length).toBe(88);
    for (const prime of dhPrimes()) {
      expect(prime.prime_hex, prime.name).not.toMatch(/^00/);
      expect(sha256Hex(fromHex(prime.prime_hex)), prime.name).toBe(prime.prime_sha256);
      expect(BigInt(`0x${prime.prime_hex}`).toString(2).length, prime.name).toBe(prime.bits);
      expect(prime.generator_hex, prime.name).toMatch(/^(?:[0-9a-f]{2})+$/);
      expect(prime.name && prime.software, prime.prime_sha256).not.toBe('');
    }
  });

  it('tells the truth about primality, up to 1024 bits', () => {
    for (const prime of dhPrimes().filter(({ bits }) => bits <= 1024)) {
      const value = BigInt(`0x${prime.prime_hex}`);
      expect(checkPrimeSync(value, { checks: 2 }), prime.name).toBe(prime.prime);
      const safe = prime.prime && checkPrimeSync((value - 1n) / 2n, { checks: 2 });
      expect(safe, prime.name).toBe(prime.safe_prime);
    }
  });
});

describe('published_2015.csv', () => {
  it('has one value a table, port and item', () => {
    const values = publishedValues();
    const keys = values.map(({ table_name, port, item }) => `${table_name} ${port} ${item}`);
    expect(new Set(keys).size).toBe(37);
    for (const { value, port, item, unit } of values) {
      expect(port, item).toMatch(/^(\d+|retrieval)?$/);
      expect(value, item).toMatch(unit === 'month' ? /^\d{4}-\d\d$/ : /^[\d.]+(-[\d.]+)?$/);
    }
  });
});

describe('object_identifiers.csv', () => {
  it('names each identifier once, in the order of its text', () => {
    const oids = objectIdentifiers().map((identifier) => identifier.oid);
    expect(oids).toEqual([...new Set(oids)].sort());
    for (const { oid, name, kind } of objectIdentifiers()) {
      expect(oid, name).toMatch(/^[0-2](\.(0|[1-9]\d*))+$/);
      expect(name, oid).not.toBe('');
      expect(kind, oid).toMatch(
        /^(key_algorithm|signature_algorithm|curve|attribute|extension|extended_key_usage|policy)$/,
      );
    }
  });

  it.each([
    ['1.2.840.113549.1.1.1', 'RSA'],
    ['1.2.840.10045.2.1', 'EC'],
    ['1.3.101.112', 'Ed25519'],
    ['1.2.840.113549.1.1.11', 'SHA256 with RSA'],
    ['1.2.840.10045.3.1.7', 'secp256r1'],
  ])('knows %s', (oid, name) => {
    expect(objectIdentifiers().find((identifier) => identifier.oid === oid)?.name).toBe(name);
  });
});
