/** TLS HandshakeType: IANA registry, with the RFC of each. A number that is not here is data, not an error. */
export const HELLO_REQUEST = 0; // RFC 5246
export const CLIENT_HELLO = 1; // RFC 8446
export const SERVER_HELLO = 2; // RFC 8446; a HelloRetryRequest too
export const NEW_SESSION_TICKET = 4; // RFC 5077
export const END_OF_EARLY_DATA = 5; // RFC 8446
export const ENCRYPTED_EXTENSIONS = 8; // RFC 8446
export const CERTIFICATE = 11; // RFC 8446
export const SERVER_KEY_EXCHANGE = 12; // RFC 5246
export const CERTIFICATE_REQUEST = 13; // RFC 5246
export const SERVER_HELLO_DONE = 14; // RFC 5246
export const CERTIFICATE_VERIFY = 15; // RFC 8446
export const CLIENT_KEY_EXCHANGE = 16; // RFC 5246
export const FINISHED = 20; // RFC 8446
export const CERTIFICATE_STATUS = 22; // RFC 6066
