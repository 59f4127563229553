/** `openssl s_client` as a second opinion: what it finishes a handshake with, one suite a connection. Any certificate is taken. */
import { execFile } from 'node:child_process';
import { openssl } from './openssl.ts';
import { type Accepted, acceptedOf } from './stack-peer.ts';

/** Asks 127.0.0.1 about all suites that the library has at the versions of `options` (`-tls1_2` and its like). */
export async function askOpenssl(port: number, options: readonly VersionOption[]): Promise<Accepted> {
  const found: [number, number][] = [];
  for (const option of options) {
    for (const [code, name] of suites(option)) {
      if (await finishes(port, option, name)) found.push([VERSION[option], code]);
    }
  }
  return acceptedOf(found);
}

export type VersionOption = keyof typeof VERSION;

const VERSION = { '-tls1': 0x0301, '-tls1_1': 0x0302, '-tls1_2': 0x0303, '-tls1_3': 0x0304 } as const;

/** `0xC0,0x2C - ECDHE-ECDSA-AES256-GCM-SHA384 …`, a suite a line. */
function suites(option: VersionOption): [number, string][] {
  const text = openssl('ciphers', '-V', '-s', option, ...choice(option, undefined));
  const rows = text.matchAll(/0x(..),0x(..) - (\S+)/g);
  return [...rows].map(([, high, low, name]) => [Number.parseInt(`${high}${low}`, 16), name!]);
}

function choice(option: VersionOption, name: string | undefined): string[] {
  if (option === '-tls1_3') return ['-ciphersuites', name ?? TLS13_SUITES];
  const list = `${name ?? 'ALL:COMPLEMENTOFALL'}:@SECLEVEL=0`;
  return name === undefined ? [list] : ['-cipher', list];
}

function finishes(port: number, option: VersionOption, name: string): Promise<boolean> {
  const words = ['s_client', '-connect', `127.0.0.1:${port}`, option, ...choice(option, name)];
  return new Promise((resolve) => {
    const child = execFile('openssl', words, { timeout: LIMIT_MS }, (_error, stdout) =>
      resolve(new RegExp(`^New, .*Cipher is ${name}$`, 'm').test(stdout)),
    );
    child.stdin!.end();
  });
}

const TLS13_SUITES =
  'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256';
const LIMIT_MS = 10_000;
