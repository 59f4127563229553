/**
 * The cipher suites that villagers speak: code, how the suite exchanges keys and what it signs with, the lowest
 * version that may carry it, and OpenSSL's name where Node's own library has it (legacy peers need none).
 * Kept apart from datasets/ on purpose: the village is to be able to contradict them.
 */

export type KeyExchange = 'RSA' | 'DHE' | 'ECDHE' | 'DH_anon' | 'ECDH_anon' | 'TLS13';

export interface VillageSuite {
  code: number;
  key_exchange: KeyExchange;
  authentication: 'RSA' | 'ECDSA' | 'anon' | 'any';
  /** Export grade: 512-bit temporary keys. */
  export: boolean;
  min_version: number;
  openssl_name: string | null;
}

/** The suite with this code. Throws for one that no villager speaks. */
export function villageSuite(code: number): VillageSuite {
  const suite = BY_CODE.get(code);
  if (!suite) throw new Error(`no villager speaks suite ${code}`);
  return suite;
}

/** Whether `version` (0x0300 to 0x0304) can carry the suite. */
export function carries(version: number, code: number): boolean {
  const suite = villageSuite(code);
  return suite.key_exchange === 'TLS13'
    ? version === 0x0304
    : version >= suite.min_version && version < 0x0304;
}

type Row = [number, string | null, KeyExchange, VillageSuite['authentication'], number, 'export'?];

const ROWS: readonly Row[] = [
  [0x0001, 'NULL-MD5', 'RSA', 'RSA', 0x0300],
  [0x0002, 'NULL-SHA', 'RSA', 'RSA', 0x0300],
  [0x0003, null, 'RSA', 'RSA', 0x0300, 'export'],
  [0x0004, null, 'RSA', 'RSA', 0x0300],
  [0x0005, null, 'RSA', 'RSA', 0x0300],
  [0x0006, null, 'RSA', 'RSA', 0x0300, 'export'],
  [0x0007, null, 'RSA', 'RSA', 0x0300],
  [0x0008, null, 'RSA', 'RSA', 0x0300, 'export'],
  [0x0009, null, 'RSA', 'RSA', 0x0300],
  [0x000a, null, 'RSA', 'RSA', 0x0300],
  [0x0014, null, 'DHE', 'RSA', 0x0300, 'export'],
  [0x0015, null, 'DHE', 'RSA', 0x0300],
  [0x0016, null, 'DHE', 'RSA', 0x0300],
  [0x0017, null, 'DH_anon', 'anon', 0x0300, 'export'],
  [0x0018, null, 'DH_anon', 'anon', 0x0300],
  [0x0019, null, 'DH_anon', 'anon', 0x0300, 'export'],
  [0x001a, null, 'DH_anon', 'anon', 0x0300],
  [0x001b, null, 'DH_anon', 'anon', 0x0300],
  [0x002f, 'AES128-SHA', 'RSA', 'RSA', 0x0300],
  [0x0033, 'DHE-RSA-AES128-SHA', 'DHE', 'RSA', 0x0300],
  [0x0034, 'ADH-AES128-SHA', 'DH_anon', 'anon', 0x0300],
  [0x0035, 'AES256-SHA', 'RSA', 'RSA', 0x0300],
  [0x0039, 'DHE-RSA-AES256-SHA', 'DHE', 'RSA', 0x0300],
  [0x003a, 'ADH-AES256-SHA', 'DH_anon', 'anon', 0x0300],
  [0x003b, 'NULL-SHA256', 'RSA', 'RSA', 0x0303],
  [0x003c, 'AES128-SHA256', 'RSA', 'RSA', 0x0303],
  [0x003d, 'AES256-SHA256', 'RSA', 'RSA', 0x0303],
  [0x0041, 'CAMELLIA128-SHA', 'RSA', 'RSA', 0x0300],
  [0x0045, 'DHE-RSA-CAMELLIA128-SHA', 'DHE', 'RSA', 0x0300],
  [0x0067, 'DHE-RSA-AES128-SHA256', 'DHE', 'RSA', 0x0303],
  [0x006b, 'DHE-RSA-AES256-SHA256', 'DHE', 'RSA', 0x0303],
  [0x0084, 'CAMELLIA256-SHA', 'RSA', 'RSA', 0x0300],
  [0x0088, 'DHE-RSA-CAMELLIA256-SHA', 'DHE', 'RSA', 0x0300],
  [0x0096, null, 'RSA', 'RSA', 0x0300],
  [0x009a, null, 'DHE', 'RSA', 0x0300],
  [0x009c, 'AES128-GCM-SHA256', 'RSA', 'RSA', 0x0303],
  [0x009d, 'AES256-GCM-SHA384', 'RSA', 'RSA', 0x0303],
  [0x009e, 'DHE-RSA-AES128-GCM-SHA256', 'DHE', 'RSA', 0x0303],
  [0x009f, 'DHE-RSA-AES256-GCM-SHA384', 'DHE', 'RSA', 0x0303],
  [0x00a6, 'ADH-AES128-GCM-SHA256', 'DH_anon', 'anon', 0x0303],
  [0x1301, 'TLS_AES_128_GCM_SHA256', 'TLS13', 'any', 0x0304],
  [0x1302, 'TLS_AES_256_GCM_SHA384', 'TLS13', 'any', 0x0304],
  [0x1303, 'TLS_CHACHA20_POLY1305_SHA256', 'TLS13', 'any', 0x0304],
  [0xc006, 'ECDHE-ECDSA-NULL-SHA', 'ECDHE', 'ECDSA', 0x0300],
  [0xc009, 'ECDHE-ECDSA-AES128-SHA', 'ECDHE', 'ECDSA', 0x0300],
  [0xc00a, 'ECDHE-ECDSA-AES256-SHA', 'ECDHE', 'ECDSA', 0x0300],
  [0xc010, 'ECDHE-RSA-NULL-SHA', 'ECDHE', 'RSA', 0x0300],
  [0xc012, null, 'ECDHE', 'RSA', 0x0300],
  [0xc013, 'ECDHE-RSA-AES128-SHA', 'ECDHE', 'RSA', 0x0300],
  [0xc014, 'ECDHE-RSA-AES256-SHA', 'ECDHE', 'RSA', 0x0300],
  [0xc015, 'AECDH-NULL-SHA', 'ECDH_anon', 'anon', 0x0300],
  [0xc018, 'AECDH-AES128-SHA', 'ECDH_anon', 'anon', 0x0300],
  [0xc019, 'AECDH-AES256-SHA', 'ECDH_anon', 'anon', 0x0300],
  [0xc023, 'ECDHE-ECDSA-AES128-SHA256', 'ECDHE', 'ECDSA', 0x0303],
  [0xc027, 'ECDHE-RSA-AES128-SHA256', 'ECDHE', 'RSA', 0x0303],
  [0xc028, 'ECDHE-RSA-AES256-SHA384', 'ECDHE', 'RSA', 0x0303],
  [0xc02b, 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE', 'ECDSA', 0x0303],
  [0xc02c, 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE', 'ECDSA', 0x0303],
  [0xc02f, 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE', 'RSA', 0x0303],
  [0xc030, 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE', 'RSA', 0x0303],
  [0xc050, 'ARIA128-GCM-SHA256', 'RSA', 'RSA', 0x0303],
  [0xc09c, 'AES128-CCM', 'RSA', 'RSA', 0x0303],
  [0xcca8, 'ECDHE-RSA-CHACHA20-POLY1305', 'ECDHE', 'RSA', 0x0303],
  [0xcca9, 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE', 'ECDSA', 0x0303],
  [0xccaa, 'DHE-RSA-CHACHA20-POLY1305', 'DHE', 'RSA', 0x0303],
];

const BY_CODE = new Map<number, VillageSuite>(
  ROWS.map(([code, openssl_name, key_exchange, authentication, min_version, grade]) => [
    code,
    { code, key_exchange, authentication, export: grade === 'export', min_version, openssl_name },
  ]),
);
