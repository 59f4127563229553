/** TLS ContentType: what a record carries (RFC 8446, 5.1; RFC 5246, 6.2.1). Heartbeat is left out: nobody asks for it. */
export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
