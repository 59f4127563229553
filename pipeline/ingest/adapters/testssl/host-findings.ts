/**
 * testssl's findings about one server, one after the other → an endpoint, its certificates, and what of it makes no sense. Findings
 * about vulnerabilities, clients and ratings are left out: they are conclusions from what stands in the others.
 */

import { TLS1_3 } from '../../../tls/versions.ts';
import type { ForeignEndpoint, ForeignHandshake, ForeignItem, ForeignVersionCounts } from '../adapter.ts';
import { namedEntry } from '../named-entry.ts';
import { certificatesOf, chainBySuite } from '../shown-chain.ts';
import {
  acceptedHandshake,
  failedHandshake,
  noMailPort,
  type Place,
  type Service,
  unknownCounts,
  unknownEndpoint,
} from '../unknown-endpoint.ts';
import { type FactName, factFinding } from './fact-finding.ts';
import { PrintedCertificates, type PrintedChain } from './printed-certificates.ts';
import { problemOf } from './problem.ts';
import { type SuiteFinding, suiteFinding } from './suite-findings.ts';
import { type VersionFinding, versionFinding } from './version-finding.ts';

export interface Finding {
  id: string;
  severity: string;
  finding: string;
}

/** What is known of a server once all was read: `reason` why it is no endpoint. */
export type HostResult = { items: ForeignItem[]; reason: null } | { items: []; reason: string };

export class HostFindings {
  readonly #versions = new Map<number, VersionFinding>();
  readonly #suites = new Map<number, Map<string, ForeignHandshake>>();
  /** Versions whose accepted suites are all known. */
  readonly #whole = new Set<number>();
  readonly #certificates = new PrintedCertificates();
  readonly #facts: Partial<Record<FactName, boolean>> = {};
  #service: string | null = null;
  #problem: string | null = null;
  /** The version of the list that the last finding belongs to. */
  #growing: number | null = null;
  #isWhole = true;
  /** With --severity what is well is left out. */
  #isFiltered = true;
  #count = 0;

  /** Why it can't be used; null where it can, or need not. */
  add({ id, severity, finding }: Finding): string | null {
    this.#count += 1;
    if (severity === 'INFO' || severity === 'OK') this.#isFiltered = false;
    if (id === 'service') this.#service = finding;
    if (id === 'scanTime' && !/^\d+$/.test(finding)) this.interrupt();
    if (severity === 'FATAL' || id === 'optimal_proto') this.#problem ??= finding;
    const version = namedEntry(PROTOCOLS, id);
    if (version !== undefined) this.#version(version, finding);
    const suites = suiteFinding(id, finding);
    if (suites) this.#addSuites(suites);
    else this.#growing = null;
    for (const [name, is] of Object.entries(factFinding(id, finding))) this.#addFact(name as FactName, is);
    return this.#certificates.add(id, finding);
  }

  /** As the file names what testssl spoke. */
  set service(service: string) {
    this.#service ??= service;
  }

  get hasService(): boolean {
    return this.#service !== null;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** What came last was not finished. */
  interrupt(): void {
    this.#isWhole = false;
    if (this.#growing !== null) this.#whole.delete(this.#growing);
  }

  result(place: Place, nominal: number | null): HostResult {
    const service = serviceOf(this.#service);
    if (service === null)
      return { items: [], reason: `a service that is none of mail: ${this.#service?.slice(0, 100)}` };
    const endpoint = unknownEndpoint(place, service, nominal);
    if (endpoint === null) return { items: [], reason: noMailPort(place.connect_port) };
    const chains = this.#certificates.chains();
    const record: ForeignEndpoint = {
      ...endpoint,
      ...this.#answers(chains),
      stop_detail: this.#isWhole ? null : 'testssl: the scan was interrupted',
      chains: chains.map(({ chain_id, certificates }) => ({ chain_id, certificates })),
    };
    const accepting = record.handshakes.filter(({ outcome }) => outcome === 'accepted');
    record.facts = { ...record.facts, ...this.#knownFacts(accepting) };
    Object.assign(record, this.#outcome(record));
    if (record.outcome === 'tls' && record.tls_mode === 'starttls') record.dialogue.starttls_accepted = true;
    const certificates = certificatesOf(chains).map((der) => ({ kind: 'certificate', der }) as const);
    return { items: [...certificates, { kind: 'endpoint', record }], reason: null };
  }

  /** Seen once is seen, whatever another handshake of testssl's shows. */
  #addFact(name: FactName, is: boolean): void {
    this.#facts[name] = this.#facts[name] === true || is;
  }

  #version(version: number, finding: string): void {
    const said = versionFinding(finding);
    if (said) this.#versions.set(version, said);
  }

  #addSuites({ version, handshakes, extent }: SuiteFinding): void {
    const known = this.#suites.get(version) ?? new Map<string, ForeignHandshake>();
    this.#suites.set(version, known);
    for (const handshake of handshakes) {
      const key = `${handshake.cipher_suite ?? handshake.error_detail}`;
      // Lists repeat what lines said, without sizes of keys.
      if ((extent === 'line' || !known.has(key)) && known.size < MAX_SUITES) known.set(key, handshake);
    }
    if (extent !== 'some') this.#whole.add(version);
    this.#growing = extent === 'line' ? version : null;
  }

  #answers(chains: readonly PrintedChain[]): Pick<ForeignEndpoint, 'versions' | 'handshakes'> {
    const asked = [...ORDER].filter((version) => this.#versions.has(version) || this.#suites.has(version));
    const chainId = chainBySuite(chains);
    const handshakes = asked
      .flatMap((version) => this.#handshakes(version))
      .map((handshake) => withChain(handshake, chains, chainId(handshake)));
    return { versions: asked.map((version) => this.#counts(version)), handshakes };
  }

  #handshakes(version: number): ForeignHandshake[] {
    const suites = this.#suites.get(version);
    if (suites) return [...suites.values()];
    const said = this.#versions.get(version);
    if (said?.is === 'offered' && !said.cipherless) return [acceptedHandshake(version, null)];
    return said?.is === 'error' ? [failedHandshake(version, null, said)] : [];
  }

  /** A testssl that gave up took failed connections for a no before: then none of its no counts. */
  #counts(version: number): ForeignVersionCounts {
    const said = this.#versions.get(version);
    const suites = this.#suites.get(version);
    const isWhole = this.#whole.has(version) && !this.#isFiltered;
    const isRefused =
      !suites &&
      (said?.is === 'not offered' || (said?.is === 'offered' && said.cipherless)) &&
      !this.#problem;
    const accepted = suites && isWhole ? suites.size : isRefused ? 0 : null;
    return { ...unknownCounts(version), accepted };
  }

  /** Of what TLS 1.3 does not have, testssl says that it is well there. */
  #knownFacts(accepting: readonly ForeignHandshake[]): Partial<ForeignEndpoint['facts']> {
    const isOlder = accepting.some(({ version }) => version < TLS1_3);
    return isOlder ? this.#facts : { ...this.#facts, compression: null, secure_renegotiation: null };
  }

  #outcome({
    versions,
    handshakes,
  }: ForeignEndpoint): Pick<ForeignEndpoint, 'outcome' | 'error_kind' | 'error_detail'> {
    const none = { error_kind: null, error_detail: null };
    if (handshakes.some(({ outcome }) => outcome === 'accepted')) return { outcome: 'tls', ...none };
    const failed = handshakes.find(({ outcome }) => outcome === 'error');
    if (this.#problem !== null) return { outcome: 'error', ...problemOf(this.#problem) };
    if (failed) {
      return { outcome: 'error', error_kind: failed.error_kind, error_detail: failed.error_detail };
    }
    if (versions.some(({ accepted }) => accepted === 0)) return { outcome: 'tls_rejected', ...none };
    return { outcome: 'error', error_kind: 'local_failure', error_detail: 'testssl: nothing was asked' };
  }
}

/** Of a chain that testssl did not print whole, the handshake says so. */
function withChain(
  handshake: ForeignHandshake,
  chains: readonly PrintedChain[],
  chain_id: string | null,
): ForeignHandshake {
  const chain = chains.find((one) => one.chain_id === chain_id);
  if (!chain || chain.sent <= chain.certificates.length) return { ...handshake, chain_id };
  const missing = `testssl: ${chain.certificates.length} of ${chain.sent} certificates`;
  return { ...handshake, chain_id, error_detail: handshake.error_detail ?? missing };
}

/** `smtp` is what STARTTLS was asked for; `SMTP, thus …` what testssl took the greeting inside TLS for. Null: none of mail. */
function serviceOf(said: string | null): Service | null {
  if (said === null) return { protocol: null, tls_mode: null };
  const [, lower, upper] = /^(?:(smtp|imap|pop3)s?$|(SMTP|IMAP|POP)\b)/.exec(said) ?? [];
  if (lower) return { protocol: lower as 'smtp' | 'imap' | 'pop3', tls_mode: 'starttls' };
  if (upper) return { protocol: IMPLICIT[upper]!, tls_mode: 'implicit' };
  return /^(?:Couldn't determine|certificate-based)/.test(said)
    ? { protocol: null, tls_mode: 'implicit' }
    : null;
}

const IMPLICIT: Readonly<Record<string, 'smtp' | 'imap' | 'pop3'>> = {
  SMTP: 'smtp',
  IMAP: 'imap',
  POP: 'pop3',
};

/** Ids of `run_protocols`. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  SSLv2: 2,
  SSLv3: 768,
  TLS1: 769,
  TLS1_1: 770,
  TLS1_2: 771,
  TLS1_3: TLS1_3,
};

/** As the scanner asks. */
const ORDER = [771, TLS1_3, 770, 769, 768, 2];

const MAX_SUITES = 1000;
