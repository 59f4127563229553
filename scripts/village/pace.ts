/**
 * How the village is scanned: all of it is one address on loopback, which may be asked by everybody at once, and nobody
 * waits longer for a villager that throttles than its short memory makes necessary.
 */
export const VILLAGE_PACE = {
  rate: 0,
  address_connections: 64,
  address_pause_ms: 0,
  throttle: { first_wait_ms: 100, longest_wait_ms: 400, budget_ms: 12_000 },
  max_handshakes: 1_000_000,
} as const;

/** The same, as the program's arguments, but for the rate. */
export const VILLAGE_PACE_WORDS = [
  ...['--address-connections', String(VILLAGE_PACE.address_connections)],
  ...['--address-pause-ms', String(VILLAGE_PACE.address_pause_ms)],
  ...['--throttle-budget-s', String(VILLAGE_PACE.throttle.budget_ms / 1000)],
  ...['--max-handshakes', String(VILLAGE_PACE.max_handshakes)],
];
