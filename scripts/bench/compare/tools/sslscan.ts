/** sslscan: `--xml`, suites by number, groups, sizes of primes and the leaf certificate. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateHash } from '../certificate-hash.ts';
import { addSuite, type Findings, VERSION_NAMES } from '../findings.ts';
import { said } from './said.ts';
import type { Tool } from './tool.ts';

export const sslscan: Tool = {
  name: 'sslscan',
  version: () => said(['sslscan', '--version'], /\d+\.\d+\.\d+/),
  about: '`--show-certificate --starttls-…`; `--timeout=15` for the slow server (its default is 3)',
  command: ({ hosts, port, starttls, patient }, folder) => {
    const targets = join(folder, 'targets');
    writeFileSync(targets, hosts.map((host) => `${host}:${port}\n`).join(''));
    return [
      ...['sslscan', '--no-colour', '--show-certificate', `--xml=${join(folder, 'out.xml')}`],
      ...(starttls ? [`--starttls-${starttls}`] : []),
      ...(patient ? ['--timeout=15'] : []),
      ...(hosts.length === 1 ? [`${hosts[0]}:${port}`] : [`--targets=${targets}`]),
    ];
  },
  read: (_output, folder) => {
    const xml = readFileSync(join(folder, 'out.xml'), 'utf8');
    const tests = xml.matchAll(/<ssltest host="([^"]+)"[^>]*>(.*?)<\/ssltest>/gs);
    return new Map([...tests].map(([, host, body]) => [host!, findings(body!)]));
  },
};

function findings(xml: string): Findings {
  const suites = new Map<number, Set<number>>();
  for (const [, version, code] of xml.matchAll(
    /<cipher [^>]*sslversion="([^"]+)"[^>]* id="(0x[0-9A-F]+)"/g,
  )) {
    addSuite(suites, VERSION_NAMES[version!]!, Number(code));
  }
  return {
    suites,
    groups: new Set(numbers(xml, /<group [^>]*id="(0x[0-9a-f]+)"/g)),
    dh_bits: new Set(numbers(xml, / dhebits="(\d+)"/g)),
    certificates: new Set([...xml.matchAll(PEM)].map(([pem]) => certificateHash(pem))),
  };
}

function numbers(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((match) => Number(match[1]));
}

const PEM = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;
