/** A scan of peers on loopback, and its records in the shape of `expected-answers.ts`. */
import { connect } from 'node:net';
import { suitesOfVersion } from '../../pipeline/formats/datasets.ts';
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import type { ScanWorld } from '../../pipeline/scan/index.ts';
import { type LocalScan, local, scanLocal } from '../../pipeline/scan/testing/scan-local.ts';
import { SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import type { Answers, SuiteAnswer } from './expected-answers.ts';

/** One endpoint: the nominal port and the one that a peer listens on. */
export interface PeerPort {
  port: number;
  connect_port: number;
}

export interface PeerScan {
  /** Source address: one of its own makes a client a stranger. */
  from?: string;
  /** Suites to offer by version; all that there are where it is left out. */
  suites?: ReadonlyMap<number, readonly number[]>;
  /** There is no mail server behind the TLS: its greeting is not waited for. See `silentPeerChains`. */
  silent?: boolean;
}

/** Scans 127.0.0.1. */
export function scanPeers(
  ports: readonly PeerPort[],
  strategy: 'adaptive' | 'exhaustive',
  { from, suites, silent = false }: PeerScan = {},
): Promise<LocalScan> {
  const targets = ports.map(({ port, connect_port }) => local(port, connect_port));
  const world: Partial<ScanWorld> = from === undefined ? {} : { connect: connectFrom(from) };
  const probes = silent ? ['tls13-groups'] : ['secured-session', 'tls13-groups'];
  return scanLocal(targets, { ...THOROUGH, strategy, probes, ...(suites && { suites }) }, world);
}

/** The chains that a peer without a mail server behind it shows in finished TLS 1.3 handshakes, by `suite`. */
export async function silentPeerChains(port: number, suite: number): Promise<(readonly string[] | null)[]> {
  const timeouts = { ...THOROUGH.timeouts, read_ms: SILENCE_MS };
  const probes = ['secured-session', 'tls13-groups', 'signature-schemes', 'chains-by-scheme'];
  const offer = { suites: new Map([[TLS1_3, [suite]]]), probes, timeouts };
  const scan = await scanLocal([local(993, port)], { ...THOROUGH, ...offer });
  const record = scan.records[0]!;
  const others = record.facts.chains_by_scheme.map(({ chain_id }) => chainOf(record, chain_id));
  return [tls13Chain(record), ...others];
}

/** For `exhaustive` and a server that takes long: all suites that it is to accept, and one in `step` of the others. */
export function suitesToTry(expected: Answers, step = 4): Map<number, number[]> {
  const versions = [TLS1_2, TLS1_3, TLS1_1, TLS1_0, SSL3];
  return new Map(
    versions.map((version) => [version, triedAt(version, expected.suites[version] ?? {}, step)]),
  );
}

function triedAt(version: number, accepted: Record<number, SuiteAnswer>, step: number): number[] {
  const others = suitesOfVersion(version).filter(({ code }) => !(code in accepted));
  const some = others.filter((_, index) => index % step === 0).map(({ code }) => code);
  return [...Object.keys(accepted).map(Number), ...some];
}

/** What `record` says was accepted. */
export function scannedAnswers(scan: LocalScan, record: EndpointRecord): Answers {
  const suites: Answers['suites'] = { 769: {}, 770: {}, 771: {}, 772: {} };
  for (const { version, cipher_suite, outcome, ...shown } of record.handshakes) {
    if (outcome !== 'accepted' || cipher_suite === null) continue;
    suites[version] ??= {};
    suites[version][cipher_suite] = version === TLS1_3 ? IN_TLS1_3 : answer(scan, record, shown);
  }
  const groups = record.groups.flatMap(({ version, accepted }) => (version === TLS1_3 ? accepted : []));
  return { suites, tls13_groups: groups.sort((left, right) => left - right) };
}

/** What must hold of every record, whatever the server: every question was answered, to the end of the flight. */
export function unanswered(record: EndpointRecord): string[] {
  const counts = record.versions.filter(({ errors, not_tested }) => errors + not_tested > 0);
  const broken = record.handshakes.filter((one) => one.error_detail !== null);
  return [
    ...counts.map(
      ({ version, errors, not_tested }) => `${version}: ${errors} errors, ${not_tested} not tested`,
    ),
    ...record.groups.filter(({ errors }) => errors > 0).map(({ errors }) => `groups: ${errors} errors`),
    ...broken.map(({ version, cipher_suite, error_detail }) => `${version} ${cipher_suite}: ${error_detail}`),
  ];
}

/** Certificates of the chain that the endpoint showed in its one finished TLS 1.3 handshake. */
export function tls13Chain(record: EndpointRecord): readonly string[] | null {
  const shown = record.handshakes.find((one) => one.version === TLS1_3 && one.chain_id !== null);
  return shown ? chainOf(record, shown.chain_id) : null;
}

type Shown = Omit<EndpointRecord['handshakes'][number], 'version' | 'cipher_suite' | 'outcome'>;

function answer(scan: LocalScan, record: EndpointRecord, shown: Shown): SuiteAnswer {
  const group = scan.dhGroups.find(({ dh_group_id }) => dh_group_id === shown.dh_group_id);
  const chain = chainOf(record, shown.chain_id);
  return { chain, prime_hex: group?.prime_hex ?? null, named_group: shown.named_group };
}

function chainOf(record: EndpointRecord, id: string | null): readonly string[] | null {
  return record.chains.find(({ chain_id }) => chain_id === id)?.certificates ?? null;
}

function connectFrom(localAddress: string): ScanWorld['connect'] {
  return (host, port, onData) => {
    const socket = connect({ host, port, localAddress, noDelay: true });
    return onData ? socket.on('data', onData) : socket;
  };
}

const IN_TLS1_3: SuiteAnswer = { chain: null, prime_hex: null, named_group: null };

/** An exhaustive scan of a server that needs 10 ms a handshake takes half a minute on a machine that does more. */
const THOROUGH = {
  max_handshakes: 100_000,
  timeouts: { connect_ms: 5000, read_ms: 5000, endpoint_ms: 120_000 },
};

/** A finished handshake takes some milliseconds; a greeting that does not come is waited for so long. */
const SILENCE_MS = 1500;
