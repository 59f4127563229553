/** Names of suites and groups as other tools spell them (IANA, OpenSSL, SECG) → numbers, by datasets/. */
import { cipherSuites, type NamedGroup, namedGroups } from '../../formats/datasets.ts';

/** Of a name of IANA's, of SSLv2's own (`SSL_CK_…`) or of OpenSSL's; null for one that is not known at that version. */
export function suiteNumber(name: string, version: number): number | null {
  const named = suitesByName().get(name) ?? [];
  return named.find((suite) => suite.min_version <= version && version <= suite.max_version)?.code ?? null;
}

/** Of IANA's name in any case, of OpenSSL's or of ANSI's (`prime256v1`); undefined for others. */
export function groupNamed(name: string): NamedGroup | undefined {
  groups ??= new Map(namedGroups().map((group) => [group.name.toLowerCase(), group]));
  const lower = name.toLowerCase();
  return groups.get(ALIASES[lower] ?? lower);
}

function suitesByName(): ReadonlyMap<string, ReturnType<typeof cipherSuites>> {
  if (suites) return suites;
  suites = new Map();
  for (const suite of cipherSuites()) {
    for (const name of new Set([suite.name, suite.openssl_name])) {
      if (name !== '') suites.set(name, [...(suites.get(name) ?? []), suite]);
    }
  }
  return suites;
}

let suites: Map<string, ReturnType<typeof cipherSuites>> | undefined;
let groups: Map<string, NamedGroup> | undefined;

/** ANSI X9.62, and nmap's and OpenSSL's short forms. */
const ALIASES: Readonly<Record<string, string>> = {
  prime192v1: 'secp192r1',
  prime256v1: 'secp256r1',
  'p-256': 'secp256r1',
  'p-384': 'secp384r1',
  'p-521': 'secp521r1',
};
