/**
 * An endpoint's record ⇄ the line it stands on in a part file (docs/raw-record.md, "How a line is packed"). A line leaves
 * out what is null or an empty list, and joins handshakes that differ in their suite only: of some 57 accepted handshakes
 * an endpoint a dozen groups are left, which an engine reads several times as fast.
 */
import { FACTS } from './lake-tables.ts';
import {
  CONFIRMED_FORMAT_VERSION,
  type EndpointRecord,
  type HandshakeRecord,
  PACKED_FORMAT_VERSION,
} from './raw-record.ts';

/** What each handshake of a group has for itself: a list each, parallel to `cipher_suites`. */
const OWN = [
  'cipher_suite',
  'duration_ms',
  'public_key_sha256',
  'gmt_unix_time',
  'session_id',
  'flight_sha256',
] as const;
type Own = (typeof OWN)[number];
const OWN_BUT_SUITE = OWN.slice(1) as readonly Exclude<Own, 'cipher_suite'>[];

/** What those of a group have in common, but for the list of extensions. */
const SHARED = [
  ...([
    'version',
    'named_group',
    'signature_scheme',
    'chain_id',
    'dh_group_id',
    'key_bits',
    'outcome',
  ] as const),
  ...(['error_kind', 'error_detail', 'flight_complete', 'hello_retry_request'] as const),
  ...(['explicit_curve_sha256', 'compression_method'] as const),
] satisfies readonly Exclude<keyof HandshakeRecord, Own | 'extensions'>[];

/** Handshakes of one version with the same content. A list is left out where all of it is null, but for the suites. */
export interface PackedHandshakes
  extends Pick<HandshakeRecord, 'version' | 'outcome'>,
    Partial<Omit<HandshakeRecord, Own | 'chain_id' | 'version' | 'outcome'>> {
  /** Place of the chain in the record's `chains`. */
  chain?: number;
  cipher_suites: HandshakeRecord['cipher_suite'][];
  /** Where each stands in the order of handshakes, from 0. Left out of all groups where they in their order give that. */
  places?: number[];
  duration_ms?: (number | null)[];
  public_key_sha256?: (string | null)[];
  gmt_unix_time?: (number | null)[];
  session_id?: (string | null)[];
  flight_sha256?: (string | null)[];
}

type Sparse<T> = T extends readonly (infer Item)[]
  ? Sparse<Item>[]
  : T extends object
    ? { [Name in keyof T]?: Sparse<NonNullable<T[Name]>> }
    : T;

/** A line of an endpoints file, parsed. What is missing is null or an empty list. */
export type PackedRecord = Sparse<Omit<EndpointRecord, 'handshakes'>> & { handshakes?: PackedHandshakes[] };

/** A record or line that contradicts itself, in words that follow "the record". */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/** The line of `record`. RecordError where a handshake shows a chain that `chains` lacks. */
export function packRecord(record: EndpointRecord): PackedRecord {
  return fieldsOf(record, (field, name) =>
    name === 'handshakes' ? packHandshakes(record) : compact(field, name),
  );
}

/** The record of a line. RecordError for one that packRecord can't have made. */
export function unpackRecord(packed: PackedRecord): EndpointRecord {
  const record = filled(packed, RECORD, 'line') as EndpointRecord;
  const groups = listOf(packed.handshakes ?? [], 'handshakes').map((group) => objectOf(group, 'handshakes'));
  const handshakes = groups.flatMap((group) => unpackGroup(group, record.chains));
  return { ...record, handshakes: inPlace(handshakes, groups) };
}

/**
 * The record of a line of any format up to this one. It keeps its format_version: what it calls refused before format 4
 * was not confirmed, and no reader may take it so. RecordError as above.
 */
export function recordOfLine(line: unknown): EndpointRecord {
  const fields = objectOf(line, 'line');
  const isBefore = (format: number): boolean =>
    OLDER_FORMATS.has(fields['format_version']) && Number(fields['format_version']) < format;
  const current = isBefore(CONFIRMED_FORMAT_VERSION) ? { ...fields, ...unconfirmed(fields) } : fields;
  if (!isBefore(PACKED_FORMAT_VERSION)) return unpackRecord(current as PackedRecord);
  return filled(current, UNPACKED_RECORD, 'line') as EndpointRecord;
}

/** What lines before format 4 have in another way. One that `census reread` wrote has it as today. */
function unconfirmed({ rejections, inference_checks }: Record<string, unknown>): Record<string, unknown> {
  const refused = listOf(rejections ?? [], 'rejections')
    .map((one) => objectOf(one, 'rejections'))
    .map((one) => ({ ...one, confirmed: one['confirmed'] ?? false }));
  if (!isObject(inference_checks)) return { rejections: refused };
  const { made: checked, wrong } = inference_checks;
  const checks = [{ suite_group: 'all', inferred: null, checked, wrong, wrong_in_all: null }];
  return { rejections: refused, inference_checks: checks };
}

interface Group {
  shared: Omit<PackedHandshakes, 'cipher_suites'>;
  members: HandshakeRecord[];
  places: number[];
}

function packHandshakes({ handshakes, chains }: EndpointRecord): PackedHandshakes[] | undefined {
  if (handshakes.length === 0) return undefined;
  const chainPlaces = new Map(chains.map(({ chain_id }, place) => [chain_id, place]));
  const all: Group[] = [];
  let inOrder = true;
  handshakes.forEach((handshake, place) => {
    let group = all.find(({ members }) => isAlike(members[0]!, handshake));
    if (!group) {
      group = { shared: sharedOf(handshake, chainPlaces), members: [], places: [] };
      all.push(group);
    }
    inOrder &&= group === all.at(-1);
    group.members.push(handshake);
    group.places.push(place);
  });
  return all.map(({ shared, members, places }) =>
    Object.assign(shared, ownLists(members), inOrder ? undefined : { places }),
  );
}

/** Whether two handshakes differ in nothing but what each has for itself. */
function isAlike(left: HandshakeRecord, right: HandshakeRecord): boolean {
  for (const name of SHARED) if ((left[name] ?? null) !== (right[name] ?? null)) return false;
  return isSameList(left.extensions ?? [], right.extensions ?? []);
}

function isSameList(left: readonly number[], right: readonly number[]): boolean {
  return left === right || (left.length === right.length && left.every((one, at) => one === right[at]));
}

function sharedOf(handshake: HandshakeRecord, chainPlaces: ReadonlyMap<string, number>): Group['shared'] {
  const { chain_id, extensions } = handshake;
  const chain = chain_id === null ? null : chainPlaces.get(chain_id);
  if (chain === undefined) throw new RecordError(UNKNOWN_CHAIN);
  const shared = fieldsOf<Group['shared']>(handshake, (field, name) =>
    PLACED_APART.has(name) ? undefined : compact(field, name),
  );
  if (extensions?.length) shared.extensions = extensions;
  if (chain !== null) shared.chain = chain;
  return shared;
}

function ownLists(members: readonly HandshakeRecord[]): Pick<PackedHandshakes, 'cipher_suites'> {
  const lists: Record<string, unknown> = { cipher_suites: members.map((one) => one.cipher_suite) };
  for (const name of OWN_BUT_SUITE) {
    if (members.some((one) => (one[name] ?? null) !== null)) {
      lists[name] = members.map((one) => one[name] ?? null);
    }
  }
  return lists as Pick<PackedHandshakes, 'cipher_suites'>;
}

function unpackGroup(group: Record<string, unknown>, chains: EndpointRecord['chains']): HandshakeRecord[] {
  const { cipher_suites, places: _, chain, ...rest } = group;
  const suites = listOf(cipher_suites, 'cipher_suites');
  const chain_id = chain === undefined || chain === null ? null : chains[Number(chain)]?.chain_id;
  if (chain_id === undefined) throw new RecordError(UNKNOWN_CHAIN);
  const shared = { ...(filled(rest, HANDSHAKE, 'handshakes') as object), chain_id };
  const lists = OWN_BUT_SUITE.map(
    (name) => [name, listOf(rest[name] ?? Array(suites.length).fill(null), name)] as const,
  );
  const odd = lists.find(([, list]) => list.length !== suites.length);
  if (odd) throw new RecordError(`has a list ${odd[0]} that is not as long as its cipher_suites`);
  return suites.map((cipher_suite, index) => {
    const own = Object.fromEntries(lists.map(([name, list]) => [name, list[index]]));
    return { ...shared, ...own, cipher_suite } as HandshakeRecord;
  });
}

/** `handshakes`, as the groups have them one after the other, in the order that their places tell. */
function inPlace(
  handshakes: HandshakeRecord[],
  groups: readonly Record<string, unknown>[],
): HandshakeRecord[] {
  if (groups.every(({ places }) => places === undefined || places === null)) return handshakes;
  const places = groups.flatMap((group) => listOf(group['places'], 'places'));
  const ordered = new Map(places.map((place, index) => [place, handshakes[index]]));
  const inOrder = handshakes.map((_, place) => ordered.get(place));
  if (places.length !== handshakes.length || inOrder.includes(undefined)) {
    throw new RecordError('has places that are not one for each handshake');
  }
  return inOrder as HandshakeRecord[];
}

/** An object of what `keep` makes of each field, without what it makes nothing of. */
function fieldsOf<T extends object>(
  value: object,
  keep: (field: unknown, name: string) => unknown = compact,
): T {
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const kept = keep(value[name as keyof typeof value], name);
    if (kept !== undefined) fields[name] = kept;
  }
  return fields as T;
}

/** Undefined for null, an empty list or an object with nothing left; inside of lists the items stay. */
function compact(value: unknown, name: string): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 && !NULLABLE_LISTS.has(name)) return undefined;
    return value.some(isObject) ? value.map((item) => (isObject(item) ? fieldsOf(item) : item)) : value;
  }
  if (!isObject(value)) return value ?? undefined;
  const fields = fieldsOf(value);
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** null: a value, null where it is missing. A list: its items' template, [] where missing. An object: its fields'. */
type Template = null | readonly [Template] | { readonly [name: string]: Template };

function filled(value: unknown, template: Template, name: string): unknown {
  if (template === null) return value ?? null;
  if (isList(template)) return listOf(value ?? [], name).map((item) => filled(item, template[0], name));
  if (NULLABLE_OBJECTS.has(name) && (value ?? null) === null) return null;
  // In the order of the line, so that it packs to the same bytes again.
  const fields = { ...objectOf(value ?? {}, name) };
  for (const [field, inner] of Object.entries(template)) fields[field] = filled(fields[field], inner, field);
  return fields;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (isObject(value)) return value;
  throw new RecordError(`has ${name} with something that is no object`);
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (isList(value)) return value;
  throw new RecordError(`has ${name} that are no list`);
}

const OLDER_FORMATS: ReadonlySet<unknown> = new Set([1, 2, 3]);

/** What stands elsewhere than with the fields that a group has in common. */
const PLACED_APART: ReadonlySet<string> = new Set([...OWN, 'chain_id', 'extensions']);

const UNKNOWN_CHAIN = 'has a handshake that shows a chain which it does not describe';

/** Null and empty are not the same here: not told, and told to be none. */
const NULLABLE_LISTS: ReadonlySet<string> = new Set(['capabilities', 'auth_mechanisms', 'extensions']);

/** Objects that are null as a whole where they are missing. */
const NULLABLE_OBJECTS: ReadonlySet<string> = new Set(['secured_dialogue', 'hello_tolerance']);

const nulls = (...names: string[]): Record<string, null> =>
  Object.fromEntries(names.map((name) => [name, null]));

const SHARED_DIALOGUE = nulls(
  'banner',
  'capabilities',
  'auth_mechanisms',
  'plaintext_auth_offered',
  'login_disabled',
);
const GROUP_COUNTS = [{ accepted: [null] }] as const;

/** What may be missing in a line. */
const RECORD: { readonly [name: string]: Template } = {
  ...nulls('host', 'ip', 'error_kind', 'error_detail', 'stop_reason', 'stop_detail'),
  dialogue: {
    ...SHARED_DIALOGUE,
    ...nulls('ehlo_first_line', 'starttls_offered', 'starttls_masked', 'starttls_reply', 'starttls_accepted'),
  },
  secured_dialogue: { ...SHARED_DIALOGUE, ...nulls('extensions', 'error_kind', 'error_detail') },
  versions: [{ handshake_completed: null }],
  rejections: [nulls('code', 'forms')],
  hello_tolerance: { ...nulls('cipher_suites', 'hello_bytes'), refused: [nulls('value', 'code')] },
  contradictions: [{ code: null }],
  inferred_suites: [{ cipher_suites: [null] }],
  inference_checks: [nulls('inferred', 'wrong_in_all')],
  groups: GROUP_COUNTS,
  signature_schemes: GROUP_COUNTS,
  facts: {
    ...nulls(...FACTS.map(([name]) => name), 'tls13_chain_error', 'fingerprint'),
    suite_preferences: [{ by: null }],
    chains_by_name: [nulls('server_name', 'chain_id')],
    chains_by_scheme: [{ chain_id: null }],
  },
  chains: [{ certificates: [null] }],
};

const HANDSHAKE: { readonly [name: string]: Template } = {
  ...nulls('error_kind', 'error_detail', 'flight_complete', 'dh_group_id', 'named_group', 'key_bits'),
  ...nulls('signature_scheme', 'explicit_curve_sha256', 'compression_method'),
  extensions: [null],
};

const UNPACKED_RECORD: Template = {
  ...RECORD,
  handshakes: [{ ...HANDSHAKE, ...nulls(...OWN, 'chain_id') }],
};
