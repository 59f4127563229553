/**
 * What stands for a hole in the record that a template is cut from (template.ts): numbers and texts that nothing else in a
 * record is.
 */

/** What a hole is for. */
export type Hole =
  | 'endpoint_id'
  | 'ip'
  | 'dialogue'
  | 'secured'
  | 'chains'
  | 'dh'
  | 'dh_bits'
  | 'dh_export'
  | 'curve'
  | 'curve_bits';

/** By hole. */
export const NUMBERS = {
  endpoint_id: 999_000_001,
  dh_bits: 999_000_002,
  curve: 999_000_003,
  curve_bits: 999_000_004,
} as const satisfies Partial<Record<Hole, number>>;
export const TEXTS = { ip: '@ip@', dh: '@dh@', dh_export: '@dh_export@' } as const satisfies Partial<
  Record<Hole, string>
>;
/** With their quotes: what they stand for is no text. */
export const WHOLE = { dialogue: '@dialogue@', chains: '@chains@', secured: '@secured@' } as const;
/** Chain ids of a record's own certificate, and of one with an EC key. */
export const OWN_CHAIN = '@own@';
export const EC_CHAIN = '@ec@';
