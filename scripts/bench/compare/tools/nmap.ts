/** nmap's ssl-enum-ciphers: suites by IANA name, with the group or the size of the prime beside each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cipherSuites, namedGroups } from '../../../../pipeline/formats/datasets.ts';
import { addSuite, type Findings, VERSION_NAMES } from '../findings.ts';
import { said } from './said.ts';
import type { Tool } from './tool.ts';

export const nmap: Tool = {
  name: 'nmap ssl-enum-ciphers',
  version: () => said(['nmap', '--version'], /\d+\.\d+/),
  about: '`-Pn -n --script ssl-enum-ciphers`; says no certificates',
  command: ({ hosts, port }, folder) => [
    ...['nmap', '-Pn', '-n', '-p', `${port}`, '--script', 'ssl-enum-ciphers'],
    ...['-oX', join(folder, 'out.xml'), ...hosts],
  ],
  read: (_output, folder) => {
    const xml = readFileSync(join(folder, 'out.xml'), 'utf8');
    const hosts = xml.matchAll(/<host .*?<address addr="([^"]+)"(.*?)<\/host>/gs);
    return new Map([...hosts].map(([, host, body]) => [host!, findings(body!)]));
  },
};

function findings(xml: string): Findings {
  const suites = new Map<number, Set<number>>();
  const [groups, dh_bits] = [new Set<number>(), new Set<number>()];
  for (const [, version, body] of xml.matchAll(
    /<table key="((?:TLS|SSL)v[\d.]+)">(.*?)(?=<table key="(?:TLS|SSL)v|<\/script>)/gs,
  )) {
    for (const [, one] of body!.matchAll(/<table>(.*?)<\/table>/gs)) {
      const code = codeOf(/<elem key="name">([^<]+)/.exec(one!)?.[1]);
      if (code !== undefined) addSuite(suites, VERSION_NAMES[version!]!, code);
      const key = /<elem key="kex_info">([^<]+)/.exec(one!)?.[1] ?? '';
      const group = groupOf(key);
      if (group !== undefined) groups.add(group);
      if (key.startsWith('dh ')) dh_bits.add(Number(key.slice(3)));
    }
  }
  return { suites, groups, dh_bits, certificates: null };
}

/** Of an IANA name. nmap calls TLS 1.3's `TLS_AKE_WITH_…`. */
export function codeOf(name: string | undefined): number | undefined {
  byName ??= new Map(cipherSuites().map((suite) => [suite.name, suite.code]));
  return name === undefined ? undefined : byName.get(name.replace('TLS_AKE_WITH_', 'TLS_'));
}

/** Of `secp256r1` and the like, `ecdh_x25519` too. */
export function groupOf(name: string): number | undefined {
  groupsByName ??= new Map(namedGroups().map((group) => [group.name, group.code]));
  return groupsByName.get(name.replace(/^ecdh_/, ''));
}

let byName: Map<string, number> | undefined;
let groupsByName: Map<string, number> | undefined;
