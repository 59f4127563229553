/**
 * TLS Alert levels and descriptions: IANA registry, with the RFC of each. SSLv3's are a subset (RFC 6101, 5.4.2).
 * Records store the number; the name is for people.
 */
export const ALERT_WARNING = 1;
export const ALERT_FATAL = 2;

export const CLOSE_NOTIFY = 0;
export const UNEXPECTED_MESSAGE = 10;
export const RECORD_OVERFLOW = 22;
export const HANDSHAKE_FAILURE = 40;
export const ILLEGAL_PARAMETER = 47;
export const DECODE_ERROR = 50;
export const PROTOCOL_VERSION = 70;
export const INSUFFICIENT_SECURITY = 71;
export const UNRECOGNIZED_NAME = 112;

/** The registry's name, `alert 123` for a number that it doesn't know. */
export function alertName(description: number): string {
  return ALERT_NAMES.get(description) ?? `alert ${description}`;
}

const ALERT_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'close_notify'], // RFC 8446
  [10, 'unexpected_message'], // RFC 8446
  [20, 'bad_record_mac'], // RFC 8446
  [21, 'decryption_failed'], // RFC 5246
  [22, 'record_overflow'], // RFC 8446
  [30, 'decompression_failure'], // RFC 5246
  [40, 'handshake_failure'], // RFC 8446
  [41, 'no_certificate'], // RFC 6101
  [42, 'bad_certificate'], // RFC 8446
  [43, 'unsupported_certificate'], // RFC 8446
  [44, 'certificate_revoked'], // RFC 8446
  [45, 'certificate_expired'], // RFC 8446
  [46, 'certificate_unknown'], // RFC 8446
  [47, 'illegal_parameter'], // RFC 8446
  [48, 'unknown_ca'], // RFC 8446
  [49, 'access_denied'], // RFC 8446
  [50, 'decode_error'], // RFC 8446
  [51, 'decrypt_error'], // RFC 8446
  [60, 'export_restriction'], // RFC 2246
  [70, 'protocol_version'], // RFC 8446
  [71, 'insufficient_security'], // RFC 8446
  [80, 'internal_error'], // RFC 8446
  [86, 'inappropriate_fallback'], // RFC 7507
  [90, 'user_canceled'], // RFC 8446
  [100, 'no_renegotiation'], // RFC 5246
  [109, 'missing_extension'], // RFC 8446
  [110, 'unsupported_extension'], // RFC 8446
  [111, 'certificate_unobtainable'], // RFC 6066
  [112, 'unrecognized_name'], // RFC 6066
  [113, 'bad_certificate_status_response'], // RFC 6066
  [114, 'bad_certificate_hash_value'], // RFC 6066
  [115, 'unknown_psk_identity'], // RFC 4279
  [116, 'certificate_required'], // RFC 8446
  [120, 'no_application_protocol'], // RFC 7301
]);
