/**
 * The servers of the comparison: real ones of Debian on loopback, each behind a door on the port that tools know its
 * service by. What they must answer comes from their configuration (scripts/peers/expected-answers.ts).
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../../pipeline/tls/index.ts';
import { missingDovecot, startDovecot } from '../../peers/dovecot.ts';
import {
  cipherString,
  expectedAnswers,
  GROUPS,
  type GroupName,
  type TlsConfiguration,
} from '../../peers/expected-answers.ts';
import {
  type KeyMaterial,
  knownDhParameters,
  missingOpenssl,
  NEW_KEYS,
  signedKey,
} from '../../peers/openssl.ts';
import { startOpensslServer } from '../../peers/openssl-server.ts';
import { missingPostfix, postfixCertificates, type SmtpdService, startPostfix } from '../../peers/postfix.ts';
import { type Door, openDoor } from './counting-door.ts';
import { type Findings, truthOf } from './findings.ts';
import { missingStunnel, startStunnel } from './stunnel-server.ts';
import type { Peer } from './tools/tool.ts';

export interface ComparedServer {
  /** For the page. */
  name: string;
  about: string;
  peer: Peer;
  truth: Findings;
  /** Port of 127.0.0.1, without a door. */
  behind: number;
  door: Door;
}

export interface ComparedServers {
  servers: readonly ComparedServer[];
  /** A line each. */
  missing: readonly string[];
  stop(): Promise<void>;
}

/** Those of `named` (all where undefined) that this machine can run; the others are in `missing`, with what to do. */
export async function startServers(named: readonly string[] | undefined): Promise<ComparedServers> {
  const folder = mkdtempSync(join(tmpdir(), 'census-compare-servers-'));
  // The servers' own accounts look into it.
  chmodSync(folder, 0o755);
  const ends: End[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    return { ...(await startAll(folder, named, ends)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(
  folder: string,
  named: readonly string[] | undefined,
  ends: End[],
): Promise<Pick<ComparedServers, 'servers' | 'missing'>> {
  const plans = plansIn(folder).filter(({ name }) => named === undefined || named.includes(name));
  const servers: ComparedServer[] = [];
  const missing: string[] = [];
  for (const plan of plans) {
    const without = missingOpenssl() ?? plan.missing();
    if (without) missing.push(`${plan.name}: ${without}`);
    else servers.push(await startOne(plan, `127.0.${20 + (process.pid % 100)}.${servers.length + 1}`, ends));
  }
  return { servers, missing };
}

async function startOne(plan: Plan, host: string, ends: End[]): Promise<ComparedServer> {
  const { name, about, port, starttls, configuration, delay_ms = 0 } = plan;
  const { stop, port: behind } = await plan.start(configuration);
  ends.push(stop);
  const door = await openDoor({ host, port, behind, delay_ms });
  ends.push(door.close);
  const groups = configuration.groups.map((group: GroupName) => GROUPS[group]);
  const truth = truthOf(expectedAnswers(configuration), groups);
  const peer = { hosts: [host], port, starttls, patient: delay_ms > 0 };
  return { name, about, truth, behind, door, peer };
}

type End = () => Promise<void>;

interface Plan extends Pick<Peer, 'port' | 'starttls'> {
  name: string;
  about: string;
  configuration: TlsConfiguration;
  delay_ms?: number;
  missing(): string | undefined;
  start(configuration: TlsConfiguration): Promise<{ port: number; stop: End }>;
}

function plansIn(folder: string): Plan[] {
  const made = (name: string) => {
    const path = join(folder, name);
    mkdirSync(path);
    return path;
  };
  const settings = configurations(made('files'));
  const postfix = async (tls: TlsConfiguration) => {
    const { ports, stop } = await startPostfix(made(`postfix-${tls.ciphers.length}`), [smtpd(tls)]);
    return { port: ports[0]!, stop };
  };
  const imap = async (tls: TlsConfiguration) => {
    const { ports, stop } = await startDovecot(made('dovecot'), dovecotSettings(tls));
    return { port: ports.find(({ port }) => port === 143)!.connect_port, stop };
  };
  const smtp25 = { port: 25, starttls: 'smtp' } as const;
  const openssl = { port: 465, starttls: null, missing: () => undefined, start: startOpensslServer } as const;
  return [
    {
      ...{
        name: 'Postfix',
        about: 'port 25, every suite of OpenSSL 3.0 up to TLS 1.2',
        configuration: settings.many,
      },
      ...{ ...smtp25, missing: missingPostfix, start: postfix },
    },
    {
      ...{
        name: 'Dovecot',
        about: 'port 143, TLS 1.2 and 1.3, RSA and ECDSA',
        configuration: settings.dovecot,
      },
      ...{ port: 143, starttls: 'imap', missing: missingDovecot, start: imap },
    },
    {
      ...{ name: 'openssl s_server', about: 'port 465, TLS 1.0 to 1.3, every suite' },
      ...{ ...openssl, configuration: settings.implicit },
    },
    {
      ...{ name: 'stunnel', about: 'port 25, `protocol = smtp`', configuration: settings.stunnel },
      ...{ ...smtp25, missing: missingStunnel, start: (tls) => startStunnel(made('stunnel'), tls) },
    },
    {
      ...{ name: 'only secp192k1', about: 'port 465, openssl s_server, every suite up to TLS 1.2' },
      ...{ ...openssl, configuration: settings.oneCurve },
    },
    {
      ...{ name: 'greets after 6 s', about: 'port 25, Postfix with four suites', delay_ms: 6000 },
      ...{ ...smtp25, configuration: settings.few, missing: missingPostfix, start: postfix },
    },
  ];
}

function configurations(files: string) {
  const rsa = signedKey(files, 'compare-rsa', NEW_KEYS.rsa);
  const ecdsa = signedKey(files, 'compare-ec', NEW_KEYS.ecdsa);
  const dh = knownDhParameters(files, 'Postfix 1024-bit', 1024);
  const old = { versions: UP_TO_1_2, ciphers: EVERYTHING, security_level: 0, keys: [rsa], dh } as const;
  const some = { keys: [rsa], dh: null, security_level: 0 } as const;
  return {
    many: { ...old, groups: ['secp384r1'] },
    few: { ...some, versions: [TLS1_2], ciphers: FEW, groups: ['prime256v1'] },
    dovecot: {
      versions: [TLS1_2, TLS1_3],
      ciphers: 'ALL:!kRSA:!SRP:!kDHd:!DSS:!aNULL:!eNULL:!EXPORT:!DES:!3DES:!MD5:!PSK:!RC4:!ADH:!LOW',
      security_level: 2,
      keys: [rsa, ecdsa],
      dh: knownDhParameters(files, '2048-bit MODP from RFC 3526', 2048),
      groups: ['X25519', 'P-384'],
    },
    implicit: { ...old, versions: [...UP_TO_1_2, TLS1_3], groups: ['X25519', 'P-256', 'P-384'] },
    stunnel: {
      ...some,
      versions: [TLS1_2, TLS1_3],
      ciphers: 'ECDHE+AESGCM:kRSA+AES',
      ciphersuites: 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
      groups: ['X25519', 'P-256'],
    },
    oneCurve: { ...old, groups: ['secp192k1'] },
  } as const satisfies Record<string, TlsConfiguration>;
}

function smtpd(configuration: TlsConfiguration): SmtpdService {
  const { versions, dh, groups, keys } = configuration;
  return {
    smtpd_tls_security_level: 'may',
    smtpd_tls_protocols: versions.length === 1 ? 'TLSv1.2' : '>=TLSv1, <=TLSv1.2',
    smtpd_tls_ciphers: 'low',
    tls_low_cipherlist: cipherString(configuration),
    tls_eecdh_auto_curves: groups.join(' '),
    ...(dh === null || dh === 'auto' ? {} : { smtpd_tls_dh1024_param_file: dh.file }),
    ...postfixCertificates(keys),
  };
}

function dovecotSettings({ ciphers, groups, dh, keys }: TlsConfiguration): Record<string, string> {
  const [first, second] = keys as [KeyMaterial, KeyMaterial];
  return {
    ssl: 'yes',
    ssl_cert: `<${first.chain}`,
    ssl_key: `<${first.key}`,
    ssl_alt_cert: `<${second.chain}`,
    ssl_alt_key: `<${second.key}`,
    ssl_dh: `<${(dh as { file: string }).file}`,
    ssl_cipher_list: ciphers,
    ssl_curve_list: groups.join(':'),
  };
}

const UP_TO_1_2 = [TLS1_0, TLS1_1, TLS1_2] as const;
const EVERYTHING = 'ALL:COMPLEMENTOFALL';
const FEW = 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-GCM-SHA256';
