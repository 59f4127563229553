/** The facts of an endpoint that was asked about none of them (docs/raw-record.md). */
import type { EndpointFacts } from './raw-record.ts';

/** All null, all lists empty; a new object each time. */
export function noFacts(): EndpointFacts {
  return {
    compression: null,
    secure_renegotiation: null,
    extended_master_secret: null,
    encrypt_then_mac: null,
    session_ticket: null,
    heartbeat: null,
    ocsp_stapling: null,
    session_id_resumption: null,
    session_ticket_resumption: null,
    psk_resumption: null,
    fallback_scsv: null,
    version_tolerant: null,
    long_hello_tolerant: null,
    dh_public_value_repeated: null,
    ecdh_public_value_repeated: null,
    explicit_curves: null,
    tls13_chain_error: null,
    suite_preferences: [],
    chains_by_name: [],
    chains_by_scheme: [],
    fingerprint: null,
  };
}
