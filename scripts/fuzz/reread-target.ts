/** Kept flights, read again: never an exception, and what was read again agrees with itself from then on. */
import { sha256Hex } from '../../pipeline/base/hex.ts';
import type { HandshakeRecord } from '../../pipeline/formats/raw-record.ts';
import { Evidence } from '../../pipeline/scan/evidence.ts';
import { rereadHandshake } from '../../pipeline/scan/reread/reread-handshake.ts';
import { serverFlights } from './corpus.ts';
import { expectBounded, expectSame, type FuzzTarget } from './fuzz-target.ts';

export function rereadTarget(): FuzzTarget {
  return { name: 'reread-handshake', seeds: serverFlights(), words: [], check: checkReread };
}

function checkReread(bytes: Uint8Array): string {
  const taken = RECORDS.map((record) => {
    const before = { ...record, flight_sha256: sha256Hex(bytes) };
    const once = rereadHandshake(before, bytes, new Evidence());
    const twice = rereadHandshake(once.record, bytes, new Evidence());
    expectBounded(once.record, bytes.length);
    expectSame('read again', JSON.stringify(once.record), JSON.stringify(twice.record));
    if (once.record !== before) expectSame('what differs', '', twice.differing.join());
    return `${once.differing.length} ${twice.differing.length}`;
  });
  return taken.join(', ');
}

const NOTHING: HandshakeRecord = {
  version: 0x0303,
  cipher_suite: null,
  outcome: 'error',
  error_kind: 'protocol_error',
  error_detail: 'nonsense',
  flight_complete: null,
  hello_retry_request: false,
  chain_id: null,
  dh_group_id: null,
  named_group: null,
  key_bits: null,
  signature_scheme: null,
  public_key_sha256: null,
  explicit_curve_sha256: null,
  gmt_unix_time: null,
  session_id: null,
  compression_method: null,
  flight_sha256: null,
  extensions: [],
  duration_ms: 1,
};
const ACCEPTED = { outcome: 'accepted', error_kind: null, error_detail: null } as const;

/** Accepted ones of what the seeds choose, and errors. */
const RECORDS: readonly HandshakeRecord[] = [
  NOTHING,
  { ...NOTHING, version: 2 },
  { ...NOTHING, error_kind: 'closed', error_detail: 'closed by the server' },
  { ...NOTHING, ...ACCEPTED, cipher_suite: 0xc02f },
  { ...NOTHING, ...ACCEPTED, version: 0x0301, cipher_suite: 0x14 },
  { ...NOTHING, ...ACCEPTED, version: 0x0300, cipher_suite: 3 },
  { ...NOTHING, ...ACCEPTED, version: 2, cipher_suite: 0x010080 },
  { ...NOTHING, ...ACCEPTED, version: 0x0304, cipher_suite: 0x1302 },
];
