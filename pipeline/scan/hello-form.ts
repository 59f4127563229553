/**
 * The forms that one question can have: a hello with all that ours carry, or with less. What is left out is a feature: the
 * name, the compression method, an extension, the long lists of schemes and groups, the padding. A question asked in two
 * forms that share little tells a server that refuses suites from one that refuses a form (docs/raw-record.md, "When a no
 * counts").
 */
import { SSL2, SSL3, TLS1_2, TLS1_3 } from '../tls/index.ts';

/** An extension's number, or what is no extension. */
export type Feature = number | 'compression' | 'all_schemes' | 'all_groups';

export interface HelloForm {
  readonly without: ReadonlySet<Feature>;
  /** Those of `without` that are extensions. */
  readonly without_extensions: ReadonlySet<number>;
}

export const SERVER_NAME = 0;
export const PADDING = 21;
export const SUPPORTED_GROUPS = 10;
export const SIGNATURE_ALGORITHMS = 13;

/** What a hello below TLS 1.3 carries that can be left out; the first ones are those that matter most to what is learnt. */
const FEATURES: readonly Feature[] = [
  ...([SERVER_NAME, SUPPORTED_GROUPS, SIGNATURE_ALGORITHMS, 'all_groups', 'all_schemes'] as const),
  ...([0xff01, 11, 23, 35, 5, 22, 15] as const), // renegotiation_info, ec_point_formats, extended_master_secret …
  ...(['compression', PADDING] as const),
];
const FEATURES_1_3: readonly Feature[] = [SERVER_NAME, 'all_groups', 'all_schemes', PADDING];
const ALWAYS_1_3: readonly Feature[] = [SUPPORTED_GROUPS, SIGNATURE_ALGORITHMS];

/** All that a hello of `version` carries in `form`, of what can be left out or is refused by some. */
export function featuresOf(version: number, form: HelloForm): Feature[] {
  if (version === SSL2) return [];
  if (version === SSL3) return form.without.has('compression') ? [] : ['compression'];
  const there = (version === TLS1_3 ? FEATURES_1_3 : FEATURES).filter((one) => !form.without.has(one));
  if (version === TLS1_3) return [...there, ...ALWAYS_1_3];
  return version < TLS1_2
    ? there.filter((one) => one !== SIGNATURE_ALGORITHMS && one !== 'all_schemes')
    : there;
}

/** One object a form, as long as there are few: forms and what is made of them are compared by identity. */
export function formWithout(without: Iterable<Feature>): HelloForm {
  const all = [...new Set(without)];
  const key = all.map(String).sort().join();
  const known = forms.get(key);
  if (known) return known;
  const extensions = all.filter((feature) => typeof feature === 'number');
  const form = { without: new Set(all), without_extensions: new Set(extensions) };
  if (forms.size < FORMS_KEPT) forms.set(key, form);
  return form;
}

const FORMS_KEPT = 1024;
const forms = new Map<string, HelloForm>();

/** All that hellos of ours carry. */
export const FULL = formWithout([]);

/** What some servers require stays: renegotiation_info, ec_point_formats, extended_master_secret. */
const RARELY_NEEDED: readonly Feature[] = [
  'all_groups',
  'all_schemes',
  35,
  5,
  22,
  15,
  'compression',
  PADDING,
];
/** What suites need, with a few groups and schemes. It has another length and, in TLS 1.3, another key share. */
export const SPARE = formWithout(RARELY_NEEDED);
export const SPARE_NAMELESS = formWithout([...RARELY_NEEDED, SERVER_NAME]);
/** No extension at all (TLS 1.3: those that it can't do without), as clients of TLS 1.0 sent it. */
export const CLASSICAL = formWithout(FEATURES);

/** Whether hellos below TLS 1.3 have groups of RFC 7919. */
export function offersFiniteFields(form: HelloForm): boolean {
  return form === SPARE || form === SPARE_NAMELESS;
}

/** Bytes that a full hello is filled up to: the longest of them, so that a length that is taken once is taken for all. */
export const PADDED_LENGTH = 1152;

/**
 * Groups and schemes of a form without the long lists. Four curves and schemes are enough for nearly all servers. The finite
 * fields, which full hellos of TLS 1.2 lack so that a server shows its own prime, are there for those that refuse DHE without
 * (RFC 7919, 4: Bouncy Castle, wolfSSL).
 */
export const FEW_CURVES: readonly number[] = [0x001d, 0x0017, 0x0018, 0x0019];
export const FEW_GROUPS: readonly number[] = [...FEW_CURVES, 0x0100, 0x0101, 0x0102];
export const FEW_SCHEMES: readonly number[] = [0x0804, 0x0403, 0x0401, 0x0503];

/** As many suites as asked for that no server has (RFC 8701), so that a hello is longer and no choice wider. */
export function fillers(count: number): number[] {
  return Array.from({ length: Math.max(0, count) }, (_, at) => FIRST_FILLER + 0x1010 * (at & 15));
}

export function isFiller(suite: number): boolean {
  return (suite & 0x0f0f) === FIRST_FILLER && suite >> 8 === (suite & 0xff);
}

const FIRST_FILLER = 0x0a0a;
