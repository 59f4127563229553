/** testssl: `--cipher-per-proto`, suites by number, with the size of the prime beside each. */
import { addSuite, type Findings } from '../findings.ts';
import { said } from './said.ts';
import type { Tool } from './tool.ts';

export const testssl: Tool = {
  name: 'testssl',
  version: () => said(['testssl', '--version'], /\d+\.\d+\.\d+/),
  about:
    '`--cipher-per-proto --nodns none`, the least that lists suites per version; says no groups, no certificates',
  command: ({ hosts, port, starttls }) =>
    hosts.length > 1
      ? undefined
      : [
          ...['testssl', '-E', '--quiet', '--color', '0', '--warnings', 'off', '--nodns', 'none'],
          ...(starttls ? ['-t', starttls] : []),
          `${hosts[0]}:${port}`,
        ],
  read: (output, _folder, { hosts }) => new Map([[hosts[0]!, findings(output)]]),
};

function findings(text: string): Findings {
  const suites = new Map<number, Set<number>>();
  const dh_bits = new Set<number>();
  let version = 0;
  for (const line of text.split('\n')) {
    const heading = /^(SSLv2|SSLv3|TLS 1(?:\.[123])?)(?: \(.*\))? *$/.exec(line)?.[1];
    if (heading) version = HEADINGS[heading]!;
    const suite = /^ x([0-9a-f]+) +\S+ +(\w+)(?: +(\d+))? /.exec(line);
    if (!suite || version === 0) continue;
    addSuite(suites, version, Number.parseInt(suite[1]!, 16));
    if (suite[2] === 'DH' && suite[3]) dh_bits.add(Number(suite[3]));
  }
  return { suites, groups: null, dh_bits, certificates: null };
}

const HEADINGS: Readonly<Record<string, number>> = {
  SSLv2: 2,
  SSLv3: 768,
  'TLS 1': 769,
  'TLS 1.1': 770,
  'TLS 1.2': 771,
  'TLS 1.3': 772,
};
