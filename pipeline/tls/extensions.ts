/** TLS ExtensionType: the extensions that this codec writes or looks into, with the RFC of each. */
export const SERVER_NAME = 0x0000; // RFC 6066
export const SUPPORTED_GROUPS = 0x000a; // RFC 8422, RFC 7919
export const EC_POINT_FORMATS = 0x000b; // RFC 8422
export const SIGNATURE_ALGORITHMS = 0x000d; // RFC 8446
export const PADDING = 0x0015; // RFC 7685
export const EXTENDED_MASTER_SECRET = 0x0017; // RFC 7627
export const SUPPORTED_VERSIONS = 0x002b; // RFC 8446
export const KEY_SHARE = 0x0033; // RFC 8446
export const RENEGOTIATION_INFO = 0xff01; // RFC 5746
