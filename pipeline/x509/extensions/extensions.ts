/** Extensions (RFC 5280, 4.2) → the facts that tables ask for, one file an extension. Others are passed over. */
import { type DerElement, type DerReader, TAG, whole, within } from '../der.ts';
import { objectIdentifier } from '../der-value.ts';
import type { ProblemLog } from '../problem-log.ts';
import { type AccessUrls, accessUrls } from './authority-info-access.ts';
import { type BasicConstraints, basicConstraints } from './basic-constraints.ts';
import { extendedKeyUsage } from './extended-key-usage.ts';
import { keyUsage } from './key-usage.ts';
import { type SignedTimestamps, signedTimestamps } from './signed-timestamps.ts';
import { subjectAltNames } from './subject-alt-names.ts';

/** Null: there is none, or it can't be told. */
export interface ExtensionFacts extends BasicConstraints, AccessUrls, SignedTimestamps {
  /** DNS names and addresses, joined by spaces. */
  subject_alt_names: string | null;
  /** RFC 5280's names of the bits, joined by spaces; empty where none is set. */
  key_usage: string | null;
  /** Object identifiers, joined by spaces. */
  extended_key_usage: string | null;
}

/** `element` is [3], EXPLICIT SEQUENCE OF Extension. Never throws: what can't be read is null, and noted. */
export function extensionFacts(element: DerElement, log: ProblemLog): ExtensionFacts {
  const values = new Map<string, DerElement>();
  const complete = log.attempt(() => collect(element, values, log)) === true;
  return factsOf(values, complete, log);
}

/** What is not in `values` is not there where they are `complete`; else nothing is known of it. */
function factsOf(
  values: ReadonlyMap<string, DerElement>,
  complete: boolean,
  log: ProblemLog | undefined,
): ExtensionFacts {
  const read = <Fact>(oid: string, reading: Reading<Fact>): Fact | null | undefined => {
    const value = values.get(oid);
    return value && log ? log.attempt(() => reading(inside(value, log), log)) : undefined;
  };
  const constraints = read(OID.basic_constraints, basicConstraints);
  const names = read(OID.subject_alt_name, subjectAltNames);
  const usage = read(OID.key_usage, keyUsage);
  const purposes = read(OID.extended_key_usage, extendedKeyUsage);
  const access = read(OID.authority_info_access, accessUrls);
  const timestamps = read(OID.signed_timestamps, signedTimestamps);
  const absent = <Fact>(fact: Fact): Fact | null => (complete ? fact : null);
  return {
    is_ca: constraints === undefined ? absent(false) : (constraints?.is_ca ?? null),
    path_length: constraints?.path_length ?? null,
    subject_alt_names: names ?? null,
    key_usage: usage ?? null,
    extended_key_usage: purposes ?? null,
    ocsp_urls: access?.ocsp_urls ?? null,
    ca_issuers_urls: access?.ca_issuers_urls ?? null,
    sct_count: timestamps === undefined ? absent(0) : (timestamps?.sct_count ?? null),
    sct_log_ids: timestamps?.sct_log_ids ?? null,
  };
}

type Reading<Fact> = (reader: DerReader, log: ProblemLog) => Fact;

/** Puts the OCTET STRING of each extension into `values`, the first where one is there twice; whether that was all. */
function collect(element: DerElement, values: Map<string, DerElement>, log: ProblemLog): boolean {
  const list = within(element, log).next(TAG.sequence, 'extensions');
  const extensions = within(list, log);
  for (let count = 0; !extensions.done; count++) {
    if (count >= MAX_EXTENSIONS) {
      log.note(`more than ${MAX_EXTENSIONS} extensions`, extensions.offset);
      return false;
    }
    const reader = within(extensions.any('extension'), log);
    const identifier = reader.any('extension identifier');
    const oid = objectIdentifier(identifier, 'extension identifier');
    reader.optional(TAG.boolean, 'extension criticality');
    const value = reader.next(TAG.octetString, 'extension value');
    if (values.has(oid)) log.note(`extension ${oid} is there twice`, identifier.offset);
    else values.set(oid, value);
  }
  whole(list, 'extensions');
  return true;
}

function inside(value: DerElement, log: ProblemLog): DerReader {
  return within(whole(value, 'extension value'), log);
}

/** Certificates of real servers have about ten. */
const MAX_EXTENSIONS = 256;

const OID = {
  key_usage: '2.5.29.15',
  subject_alt_name: '2.5.29.17',
  basic_constraints: '2.5.29.19',
  extended_key_usage: '2.5.29.37',
  authority_info_access: '1.3.6.1.5.5.7.1.1',
  signed_timestamps: '1.3.6.1.4.1.11129.2.4.2',
} as const;

/** Facts of a certificate without extensions. */
export const NO_EXTENSIONS: ExtensionFacts = factsOf(new Map(), true, undefined);

/** Facts of a certificate whose extensions were not reached. */
export const UNKNOWN_EXTENSIONS: ExtensionFacts = factsOf(new Map(), false, undefined);
