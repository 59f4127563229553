/**
 * What another tool's record and ours say differently of one server. What one of them does not say contradicts nothing; which curve
 * was chosen may differ, for clients offer different ones (docs/adapters.md), as long as the server has it.
 */
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import type { ForeignEndpoint, ForeignHandshake } from '../../pipeline/ingest/adapters/adapter.ts';

/** In words; empty where none. `groups`: those that the server has. */
export function contradictions(
  foreign: ForeignEndpoint,
  own: EndpointRecord,
  groups: readonly number[],
): string[] {
  return [
    ...differs('outcome', foreign.outcome, own.outcome),
    ...foreign.versions.flatMap(({ version }) =>
      differs(`suites of ${version}`, `${acceptedAt(foreign, version)}`, `${acceptedAt(own, version)}`),
    ),
    ...own.versions
      .filter(
        ({ version, accepted }) => accepted > 0 && !foreign.versions.some((one) => one.version === version),
      )
      .map(({ version }) => `version ${version}: not there`),
    ...foreign.handshakes.flatMap((one) => handshakeDiffers(one, foreign, own, groups)),
    ...certificatesOf(foreign)
      .filter((sha256) => !certificatesOf(own).includes(sha256))
      .map((sha256) => `certificate ${sha256}: not shown to us`),
    ...factNames(foreign).flatMap((name) => differs(name, foreign.facts[name], own.facts[name])),
    ...differs('starttls', foreign.dialogue.starttls_accepted, own.dialogue.starttls_accepted),
  ];
}

function handshakeDiffers(
  one: ForeignHandshake,
  foreign: ForeignEndpoint,
  own: EndpointRecord,
  groups: readonly number[],
): string[] {
  const same = own.handshakes.find(
    (other) => other.version === one.version && other.cipher_suite === one.cipher_suite,
  );
  if (one.outcome !== 'accepted' || !same) return [];
  const what = `${one.version} ${one.cipher_suite}`;
  const isCurve = same.named_group !== null;
  const unknown = one.named_group !== null && !groups.includes(one.named_group);
  return [
    ...differs(`${what} group`, one.dh_group_id, same.dh_group_id),
    ...(isCurve ? [] : differs(`${what} bits`, one.key_bits, same.key_bits)),
    ...(unknown ? [`${what}: curve ${one.named_group}, which the server does not have`] : []),
    ...differs(`${what} leaf`, leafOf(foreign, one.chain_id), leafOf(own, same.chain_id)),
  ];
}

function differs(what: string, theirs: unknown, ours: unknown): string[] {
  if (theirs === null || ours === null || theirs === ours) return [];
  return [`${what}: ${theirs}, we say ${ours}`];
}

type Either = Pick<ForeignEndpoint, 'chains'> & {
  handshakes: readonly Pick<ForeignHandshake, 'version' | 'cipher_suite' | 'outcome'>[];
};

function acceptedAt({ handshakes }: Either, version: number): (number | null)[] {
  const accepted = handshakes.filter((one) => one.version === version && one.outcome === 'accepted');
  return accepted.map(({ cipher_suite }) => cipher_suite).sort((left, right) => Number(left) - Number(right));
}

function certificatesOf({ chains }: Either): string[] {
  return chains.flatMap(({ certificates }) => certificates);
}

function leafOf({ chains }: Either, chain_id: string | null): string | null {
  return chains.find((one) => one.chain_id === chain_id)?.certificates[0] ?? null;
}

/** Facts that are a yes or a no. */
function factNames({ facts }: ForeignEndpoint) {
  return (Object.keys(facts) as (keyof typeof facts)[]).filter((name) => typeof facts[name] === 'boolean');
}
