/**
 * SSLv2 to TLS 1.3 on the wire, as a client sees it: pure bytes and values, no I/O, no clock, no randomness.
 * `writeHello` makes what is sent, `FlightReader` reads what comes back; each message's own file reads and writes it.
 */
export * from './alerts.ts';
export { firstHello } from './first-hello.ts';
export { FlightReader, MAX_FLIGHT_BYTES } from './flight-reader.ts';
export { signatureAlgorithms, supportedGroups } from './hello-extensions.ts';
export type { HelloOffer } from './hello-offer.ts';
export * from './named-groups.ts';
export { type ProtectedFlight, ProtectedFlightReader, readProtectedFlight } from './protected-flight.ts';
export type {
  EphemeralKey,
  ServerAnswer,
  ServerFlight,
  Ssl2ServerHello,
  SuiteKeyExchange,
} from './server-flight.ts';
export { DEFAULT_SIGNATURE_SCHEMES } from './signature-schemes.ts';
export { SSL2_NO_CIPHER } from './ssl2-message-types.ts';
export * from './versions.ts';
export { writeHello } from './write-hello.ts';
