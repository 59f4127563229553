/**
 * TLS 1.3 signature schemes (RFC 8446, 4.2.3): CertificateVerify is encrypted, but a server that has no scheme in common
 * says so in place of ServerHello. So sets of schemes are asked about, and split where one of them will do. The share
 * that goes along is one that the server takes without a HelloRetryRequest, which comes before schemes are looked at.
 * First a scheme that nobody has: a server that says ServerHello even to that chooses later, and nothing can be learnt
 * of it (all are errors). Costs 7 handshakes with one RSA key, 9 with an RSA and an ECDSA key; at most 32.
 */
import type { GroupCounts, SchemeCounts } from '../../formats/raw-record.ts';
import { TLS1_3 } from '../../tls/index.ts';
import { SIGNATURE_SCHEMES } from '../offer-lists.ts';
import type { Question } from '../session.ts';
import type { VersionTally } from '../version-tally.ts';
import { countsOf, type Elimination, without } from './elimination.ts';
import { keyShare, SHAREABLE_GROUPS } from './key-shares.ts';
import { acceptedAt } from './probe.ts';
import type { ProbeSession } from './probe-session.ts';
import { certificateSchemes } from './scheme-offer.ts';
import { sureAnswer } from './sure-answer.ts';

/** Null where TLS 1.3 is not accepted. `groups`: what is known of the server's groups. */
export async function tls13Schemes(
  session: ProbeSession,
  tallies: readonly VersionTally[],
  groups: readonly GroupCounts[],
): Promise<SchemeCounts | null> {
  const cipher_suites = acceptedAt(tallies, TLS1_3);
  if (cipher_suites.length === 0) return null;
  const known = [...groups.flatMap(tls13Only), ...shownGroups(tallies)];
  const group = SHAREABLE_GROUPS.find((one) => known.includes(one));
  if (group === undefined) return countsOf(TLS1_3, ALL_UNKNOWN);
  const search = new SchemeSearch(session, {
    version: TLS1_3,
    cipher_suites,
    named_groups: [group],
    key_shares: keyShare(group, session.context.world.randomBytes),
    extensions: certificateSchemes(),
  });
  return countsOf(TLS1_3, await search.run());
}

function tls13Only({ version, accepted }: GroupCounts): readonly number[] {
  return version === TLS1_3 ? accepted : [];
}

/** Groups of accepted handshakes, by key share or by HelloRetryRequest. */
function shownGroups(tallies: readonly VersionTally[]): readonly (number | null)[] {
  const records = tallies.find(({ version }) => version === TLS1_3)?.handshakeRecords ?? [];
  return records.map(({ named_group }) => named_group);
}

class SchemeSearch {
  readonly #session: ProbeSession;
  readonly #question: Question;
  readonly #found: Elimination = { accepted: [], rejected: [], unknown: [] };
  #left = MOST_QUESTIONS;

  constructor(session: ProbeSession, question: Question) {
    this.#session = session;
    this.#question = question;
  }

  async run(): Promise<Elimination> {
    if ((await this.#ask([NOBODYS_SCHEME])) !== 'refused') {
      return ALL_UNKNOWN;
    }
    const rest = without(SIGNATURE_SCHEMES, FAMILIES.flat());
    for (const family of [...FAMILIES, rest]) await this.#settle(family);
    const { accepted, unknown } = this.#found;
    // It signs with one of them whenever it accepts: that it has none is a refusal for another reason.
    return accepted.length > 0 || unknown.length > 0 ? this.#found : ALL_UNKNOWN;
  }

  /** `usable`: it is known that one of these is accepted. Returns whether one is. */
  async #settle(schemes: readonly number[], usable = false): Promise<boolean> {
    const answer = usable ? 'accepted' : await this.#ask(schemes);
    if (answer !== 'accepted') {
      this.#found[answer === 'refused' ? 'rejected' : 'unknown'].push(...schemes);
      return false;
    }
    if (schemes.length === 1) {
      this.#found.accepted.push(...schemes);
      return true;
    }
    const unknown = this.#found.unknown.length;
    let found = false;
    for (const [index, part, all] of parts(schemes)) {
      const last: boolean = index === all - 1 && !found && this.#found.unknown.length === unknown;
      if (await this.#settle(part, last)) found = true;
    }
    return found;
  }

  async #ask(signature_schemes: readonly number[]): Promise<'accepted' | 'refused' | 'unknown'> {
    if (this.#left-- <= 0) return 'unknown';
    const answer = await sureAnswer(this.#session, { ...this.#question, signature_schemes });
    // A retry request comes before the server has looked at schemes.
    return answer.kind === 'accepted' && answer.flight.hello_retry_request ? 'unknown' : answer.kind;
  }
}

/** Three or fewer one by one, else in halves: with its index and the number of all. */
function parts(schemes: readonly number[]): [index: number, part: readonly number[], all: number][] {
  if (schemes.length <= 3) return schemes.map((scheme, index) => [index, [scheme], schemes.length]);
  const middle = Math.ceil(schemes.length / 2);
  return [
    [0, schemes.slice(0, middle), 2],
    [1, schemes.slice(middle), 2],
  ];
}

const ALL_UNKNOWN: Elimination = { accepted: [], rejected: [], unknown: [...SIGNATURE_SCHEMES] };
/** Of the range for private use. */
const NOBODYS_SCHEME = 0xfe00;
const MOST_QUESTIONS = 32;

/** Schemes that go with the same kind of key; all others are asked about together. */
const FAMILIES: readonly (readonly number[])[] = [
  [0x0804, 0x0805, 0x0806], // rsa_pss_rsae
  [0x0403, 0x0503, 0x0603], // ecdsa with SHA-2
];
