/** sslyze: `--json_out`, suites by IANA name, curves, sizes of primes and the chain. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateHash } from '../certificate-hash.ts';
import { addSuite, type Findings } from '../findings.ts';
import { codeOf, groupOf } from './nmap.ts';
import { said } from './said.ts';
import type { Tool } from './tool.ts';

/** `program` is the command of an installed sslyze. */
export function sslyze(program: string): Tool {
  return {
    name: 'sslyze',
    version: () => said([program, '--help'], /\d+\.\d+\.\d+/),
    about: '`--sslv2 … --tlsv1_3 --elliptic_curves --certinfo`; `--slow_connection` for the slow server',
    command: ({ hosts, port, starttls, patient }, folder) => [
      ...[program, `--json_out=${join(folder, 'out.json')}`],
      ...Object.values(VERSIONS).map(([option]) => option),
      ...['--elliptic_curves', '--certinfo'],
      ...(starttls ? [`--starttls=${starttls}`] : []),
      ...(patient ? ['--slow_connection'] : []),
      ...hosts.map((host) => `${host}:${port}`),
    ],
    read: (_output, folder) => {
      const { server_scan_results }: Report = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'));
      const scanned = server_scan_results.filter(({ scan_result }) => scan_result !== null);
      return new Map(scanned.map((one) => [one.server_location.ip_address, findings(one.scan_result!)]));
    },
  };
}

function findings(result: ScanResult): Findings {
  const suites = new Map<number, Set<number>>();
  const dh_bits = new Set<number>();
  for (const [key, [, version]] of Object.entries(VERSIONS)) {
    for (const { cipher_suite, ephemeral_key } of result[key as VersionKey].result?.accepted_cipher_suites ??
      []) {
      const code = codeOf(cipher_suite.name);
      if (code !== undefined) addSuite(suites, version, code);
      if (ephemeral_key?.type_name === 'DH') dh_bits.add(ephemeral_key.size);
    }
  }
  const curves = result.elliptic_curves.result?.supported_curves ?? [];
  const groups = curves.map(({ name }) => groupOf(CURVES[name] ?? name.toLowerCase()) ?? groupOf(name));
  const deployments = result.certificate_info.result?.certificate_deployments ?? [];
  const pems = deployments.flatMap((one) => one.received_certificate_chain.map(({ as_pem }) => as_pem));
  return {
    suites,
    groups: new Set(groups.filter((group) => group !== undefined)),
    dh_bits,
    certificates: new Set(pems.map(certificateHash)),
  };
}

/** Part of a result, and its option and version number. */
const VERSIONS = {
  ssl_2_0_cipher_suites: ['--sslv2', 2],
  ssl_3_0_cipher_suites: ['--sslv3', 768],
  tls_1_0_cipher_suites: ['--tlsv1', 769],
  tls_1_1_cipher_suites: ['--tlsv1_1', 770],
  tls_1_2_cipher_suites: ['--tlsv1_2', 771],
  tls_1_3_cipher_suites: ['--tlsv1_3', 772],
} as const;

const CURVES: Readonly<Record<string, string>> = { prime192v1: 'secp192r1', prime256v1: 'secp256r1' };

type VersionKey = keyof typeof VERSIONS;

interface Report {
  server_scan_results: { server_location: { ip_address: string }; scan_result: ScanResult | null }[];
}

type Part<T> = { result: T | null };

type ScanResult = Record<VersionKey, Part<{ accepted_cipher_suites: AcceptedSuite[] }>> & {
  elliptic_curves: Part<{ supported_curves: { name: string }[] | null }>;
  certificate_info: Part<{ certificate_deployments: { received_certificate_chain: { as_pem: string }[] }[] }>;
};

interface AcceptedSuite {
  cipher_suite: { name: string };
  ephemeral_key: { type_name: string; size: number } | null;
}
