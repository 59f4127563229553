/**
 * A record of a defective server, held against the truth: claims that are false, what is left unknown, and whether the
 * reasons that it gives are right (docs/raw-record.md, "When a no counts").
 */
import type {
  EndpointRecord,
  ErrorKind,
  StopReason,
  VersionCounts,
} from '../../pipeline/formats/raw-record.ts';
import { acceptedAt } from '../../pipeline/scan/testing/scan-local.ts';
import type { Truth } from './back-ends.ts';
import type { Answer } from './front/answers.ts';
import type { Cause } from './front/conditions.ts';

export interface Expectation {
  /** What some hello gets accepted at this server. */
  truth: Truth;
  /** Why a question may stay open: error kinds, and reasons for what is not tested. */
  kinds: ReadonlySet<ErrorKind | StopReason>;
}

export interface Outcome {
  /** Yes where the truth says no, no where it says yes, sums that don't add up: a line each. */
  false_claims: string[];
  /** Every version has the truth's suites, and no question is open. */
  complete: boolean;
  /** Versions with open questions: how many, and why. */
  unknown: { version: number; suites: number; kinds: (ErrorKind | StopReason)[] }[];
  /** Kinds in `unknown` that are not among the expected ones, or none at all. */
  wrong_reasons: string[];
}

export function outcomeOf(record: EndpointRecord, { truth, kinds }: Expectation): Outcome {
  const unknown = record.versions.filter(isOpen).map((counts) => ({
    version: counts.version,
    suites: counts.errors + counts.not_tested,
    kinds: kindsOf(record, counts),
  }));
  const false_claims = [
    ...record.versions.flatMap((counts) => falseClaims(record, counts, truth)),
    ...unasked(record, truth),
  ];
  return {
    false_claims,
    complete: false_claims.length === 0 && unknown.length === 0,
    unknown,
    wrong_reasons: unknown.flatMap((open) => wrongReasons(open, kinds)),
  };
}

/** The kinds that are right where `cause` is what stands in the way, and refusals are said by `answer`. */
export function expectedKinds(cause: Cause, answer: Answer): ReadonlySet<ErrorKind | StopReason> {
  return new Set([...BY_CAUSE[cause], ...byAnswer(cause, answer)]);
}

function isOpen({ errors, not_tested }: VersionCounts): boolean {
  return errors + not_tested > 0;
}

function falseClaims(record: EndpointRecord, counts: VersionCounts, truth: Truth): string[] {
  const { version, offered, accepted, rejected, errors, not_tested } = counts;
  const [found, real] = [acceptedAt(record, version), truth.get(version) ?? NONE];
  const wrong = found.filter((suite) => !real.has(suite));
  const missing = [...real].filter((suite) => !found.includes(suite));
  const confirmed = record.rejections.filter((one) => one.version === version && one.confirmed !== false);
  const at = VERSION_NAMES[version];
  return [
    ...wrong.map((suite) => `${at}: yes to ${hex(suite)}`),
    ...(missing.length > errors + not_tested
      ? [`${at}: no to ${missing.length - errors - not_tested} of ${missing.map(hex).join(' ')}`]
      : []),
    ...(new Set(found).size !== accepted
      ? [`${at}: ${accepted} accepted, ${new Set(found).size} in handshakes`]
      : []),
    ...(accepted + rejected + errors + not_tested !== offered ? [`${at}: counts don't add up`] : []),
    ...(sum(confirmed) !== rejected ? [`${at}: ${rejected} rejected, ${sum(confirmed)} in rejections`] : []),
  ];
}

/** A version that is accepted has to be among those of the record. */
function unasked(record: EndpointRecord, truth: Truth): string[] {
  const asked = new Set(record.versions.map(({ version }) => version));
  return [...truth.keys()]
    .filter((version) => !asked.has(version))
    .map((version) => `${VERSION_NAMES[version]}: not offered`);
}

function kindsOf(
  record: EndpointRecord,
  { version, errors, not_tested }: VersionCounts,
): (ErrorKind | StopReason)[] {
  const failed = record.handshakes.filter((one) => one.version === version && one.outcome === 'error');
  const kinds = errors > 0 ? failed.map(({ error_kind }) => error_kind) : [];
  return [...new Set([...kinds, not_tested > 0 ? record.stop_reason : null])].filter((kind) => kind !== null);
}

function wrongReasons(
  { version, kinds }: Outcome['unknown'][number],
  expected: Expectation['kinds'],
): string[] {
  const at = VERSION_NAMES[version];
  if (kinds.length === 0) return [`${at}: no reason`];
  // The back end refuses SSLv2, whose hello a front lets through; where nothing is accepted no control confirms it.
  const isExpected = (kind: ErrorKind | StopReason): boolean =>
    expected.has(kind) || (version === 2 && kind === 'unconfirmed');
  return kinds.filter((kind) => !isExpected(kind)).map((kind) => `${at}: ${kind}`);
}

function byAnswer(cause: Cause, answer: Answer): readonly (ErrorKind | StopReason)[] {
  const never = cause === 'name';
  switch (answer) {
    case 'alert 40':
    case 'alert 70':
    case 'alert 71':
      return ['unconfirmed'];
    case 'alert 112':
      return never ? ['refused_by_name'] : ['refused_by_name', 'other_alert'];
    case 'close':
      return never ? ['closed', 'unconfirmed', 'unresponsive'] : ['closed', 'unconfirmed'];
    case 'reset':
      return never ? ['reset', 'unconfirmed', 'unresponsive'] : ['reset', 'unconfirmed'];
    case 'silence':
      return never ? ['read_timeout', 'unresponsive'] : ['read_timeout'];
    default:
      return ['other_alert'];
  }
}

const BY_CAUSE: Record<Cause, readonly (ErrorKind | StopReason)[]> = {
  form: ['form_intolerant'],
  name: [],
  // Ends without a word, now and then, look like throttling, and many in a row like a server that is gone.
  chance: ['inconsistent', 'transient_alert', 'throttled', 'unresponsive'],
  // The controls after the refusals get no answer either.
  tired: ['inconsistent', 'transient_alert', 'throttled', 'form_intolerant', 'unresponsive', 'unconfirmed'],
  version: ['form_intolerant'],
};

function sum(rejections: EndpointRecord['rejections']): number {
  return rejections.reduce((total, { cipher_suites }) => total + cipher_suites, 0);
}

function hex(suite: number): string {
  return `0x${suite.toString(16).padStart(4, '0')}`;
}

const NONE: ReadonlySet<number> = new Set();

export const VERSION_NAMES: Record<number, string> = {
  2: 'SSLv2',
  768: 'SSLv3',
  769: 'TLS 1.0',
  770: 'TLS 1.1',
  771: 'TLS 1.2',
  772: 'TLS 1.3',
};
