import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  cipherSuites,
  datasetsFolder,
  namedGroups,
  signatureSchemes,
} from '../../pipeline/formats/datasets.ts';
import { describeWithShared } from '../testing/shared-data.ts';
import { makeCipherSuites } from './cipher-suites.ts';
import { makeDhPrimes } from './dh-primes.ts';
import { groupTraits, makeNamedGroups } from './named-groups.ts';
import { opensslNames } from './openssl-headers.ts';
import { makePublished2015 } from './published-2015.ts';
import { makeSignatureSchemes, schemeTraits } from './signature-schemes.ts';
import { suiteTraits } from './suite-name.ts';

describe('names say what the committed files say', () => {
  it('of every cipher suite', () => {
    for (const suite of cipherSuites()) expect(suite, suite.name).toMatchObject(suiteTraits(suite.name));
  });

  it('of every named group', () => {
    for (const group of namedGroups()) expect(group, group.name).toMatchObject(groupTraits(group.name));
  });

  it('of every signature scheme', () => {
    for (const scheme of signatureSchemes())
      expect(scheme, scheme.name).toMatchObject(schemeTraits(scheme.name));
  });

  it('and of an unknown signature algorithm is refused', () => {
    expect(() => schemeTraits('rot13_sha256')).toThrow('rot13_sha256: unknown signature algorithm');
  });

  it.each(['TLS_RSA_WITH_ROT13', 'TLS_FOO_WITH_AES_128_CBC_SHA', 'SSL_CK_ROT13_WITH_MD5', 'TLS_FOO_SHA256'])(
    'and %s is refused',
    (name) => expect(() => suiteTraits(name)).toThrow(/unknown|neither/),
  );

  it('and a group of unknown size is refused', () => {
    expect(() => groupTraits('mystery')).toThrow('mystery: unknown field size');
  });
});

const HEADERS = `
# define SSL3_CK_RSA_RC4_128_MD5                 0x03000004
# define SSL3_CK_DHE_RSA_DES_192_CBC3_SHA        0x03000016
# define SSL3_CK_EDH_RSA_DES_192_CBC3_SHA        SSL3_CK_DHE_RSA_DES_192_CBC3_SHA
# define SSL3_TXT_RSA_RC4_128_MD5                "RC4-MD5"
# define SSL3_TXT_DHE_RSA_DES_192_CBC3_SHA       "DHE-RSA-DES-CBC3-SHA"
# define SSL3_TXT_EDH_RSA_DES_192_CBC3_SHA       "EDH-RSA-DES-CBC3-SHA"
# define TLS1_3_CK_AES_128_GCM_SHA256            0x03001301
# define TLS1_3_RFC_AES_128_GCM_SHA256           "TLS_AES_128_GCM_SHA256"
`;

describe('a refresh', () => {
  it('reads names and their aliases from OpenSSL headers', () => {
    expect([...opensslNames(HEADERS)]).toEqual([
      [0x0004, ['RC4-MD5']],
      [0x0016, ['DHE-RSA-DES-CBC3-SHA', 'EDH-RSA-DES-CBC3-SHA']],
      [0x1301, ['TLS_AES_128_GCM_SHA256']],
    ]);
  });

  it('makes suites from a registry, and leaves out what is none', () => {
    const iana = [
      'Value,Description,DTLS-OK,Recommended,Reference',
      '"0x00,0x04",TLS_RSA_WITH_RC4_128_MD5,N,N,[RFC5246][RFC6347]',
      '"0x00,0x16",TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA,Y,N,[RFC5246]',
      '"0x00,0x1C-1D",Reserved to avoid conflicts with SSLv3,,,[RFC5246]',
      '"0x00,0xFF",TLS_EMPTY_RENEGOTIATION_INFO_SCSV,Y,N,[RFC5746]',
      '"0x0A,0x0A",Reserved,Y,N,[RFC8701]',
    ].join('\n');
    const positions =
      'position,version,openssl_name\n0,SSLv2,RC4-MD5\n1,SSLv3,RC4-MD5\n2,SSLv3,EDH-RSA-DES-CBC3-SHA\n';
    const lines = makeCipherSuites(iana, HEADERS, positions).trimEnd().split('\n');
    expect(lines.slice(1, 3)).toEqual([
      '4,TLS_RSA_WITH_RC4_128_MD5,RC4-MD5,RSA,RSA,RC4_128,128,MD5,false,768,771,true,RFC5246 RFC6347',
      '22,TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA,EDH-RSA-DES-CBC3-SHA,DHE,RSA,3DES_EDE_CBC,112,SHA1,false,768,771,true,RFC5246',
    ]);
    expect(lines.filter((line) => line.split(',')[11] === 'true').length).toBe(3);
    expect(() => makeCipherSuites(iana, HEADERS, `${positions}3,SSLv3,NO-SUCH\n`)).toThrow(
      "3 of the study's 4 suites found",
    );
  });

  it('makes groups from a registry', () => {
    const iana =
      'Value,Description,Reference\n23,secp256r1,[RFC8422]\n42-255,Unassigned,\n2570,Reserved,[RFC8701]\n';
    const lines = makeNamedGroups(iana).trimEnd().split('\n');
    expect(lines.slice(0, 2)).toEqual(['code,name,kind,bits,reference', '23,secp256r1,ecdh,256,RFC8422']);
    // Groups without a registration follow; one that has got one comes from the registry.
    expect(lines).toContain('16696,CECPQ2,hybrid,255,BoringSSL 2019');
    expect(makeNamedGroups(`${iana}4590,curveSM2MLKEM768,[x]\n`)).toContain(
      '4590,curveSM2MLKEM768,hybrid,256,x\n',
    );
  });

  it('makes signature schemes from a registry, and adds the pairs of TLS 1.2', () => {
    const iana =
      'Value,Description,Recommended,Reference\n0x0202,Reserved for backward compatibility,,[RFC8446]\n' +
      '0x0804,rsa_pss_rsae_sha256,Y,[RFC8446]\n0x0907-0x09FF,Unassigned,,\n0xFE00-0xFFFF,Reserved for Private Use,,[RFC8446]\n';
    const lines = makeSignatureSchemes(iana).trimEnd().split('\n');
    expect(lines[0]).toBe('code,name,algorithm,hash,reference');
    expect(lines).toContain('514,dsa_sha1,DSA,SHA1,RFC5246');
    expect(lines).toContain('2052,rsa_pss_rsae_sha256,RSA-PSS,SHA256,RFC8446');
    expect(lines.length).toBe(1 + 1 + 12);
  });

  it('merges a prime that is listed twice, and refuses a wrong size', () => {
    const header = 'bits,software,name,generator_hex,prime,safe_prime,note,p_hex\n';
    const csv = makeDhPrimes(`${header}5,One,a,2,true,true,,17\n5,Two,b,2,true,true,n,0017\n`);
    expect(csv.split('\n')[1]).toMatch(/^[0-9a-f]{64},5,a \/ b,One \/ Two,02,true,true,n,17$/);
    expect(() => makeDhPrimes(`${header}6,One,a,2,true,true,,17\n`)).toThrow('a: 5 bits, not 6');
  });
});

describeWithShared('facts', 'the committed files are what their sources give', (folder) => {
  it.each([
    ['dh_primes.csv', 'known-dh-primes.csv', makeDhPrimes],
    ['published_2015.csv', 'published-2015.csv', makePublished2015],
  ] as const)('%s', (file, source, make) => {
    const committed = readFileSync(join(datasetsFolder, file), 'utf8');
    expect(make(readFileSync(join(folder, source), 'utf8'))).toBe(committed);
  });
});
