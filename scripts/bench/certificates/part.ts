/** One part of the bench of certificates, in this process; prints what it took as JSON. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openDatabase } from '../../../pipeline/base/duckdb.ts';
import { loadCertificates } from '../../../pipeline/ingest/native/certificate-table.ts';
import { readParts } from '../../../pipeline/x509/certificate-parts.ts';
import { readCertificate } from '../../../pipeline/x509/index.ts';
import { ProblemLog } from '../../../pipeline/x509/problem-log.ts';
import { publicKeyFacts } from '../../../pipeline/x509/public-key.ts';
import { type SignedParts, verifiesItself } from '../../../pipeline/x509/self-signature.ts';

export interface CertificatePartTook {
  certificates: number;
  seconds: number;
  /** Of this process and those that it started. */
  cpu_seconds: number;
}

/** A process is started for each. */
const FEW = 200;

const [part = '', folder = ''] = process.argv.slice(2);
const files = readdirSync(folder).map((file) => join(folder, file));

const PARTS: Record<string, () => Promise<CertificatePartTook> | CertificatePartTook> = {
  'node:crypto': () => timed(certificates(), readWithNode),
  readCertificate: () => timed(certificates(), readCertificate),
  'self-signatures alone': () => timed(selfIssued(), verifiesItself),
  'openssl x509': () => timed(certificates().slice(0, FEW), readWithOpenssl),
  'table, 1 core': () => table(1),
  'table, 2 cores': () => table(2),
};

process.stdout.write(JSON.stringify(await PARTS[part]!()));

function certificates(): Buffer[] {
  const lines = files.flatMap((file) => gunzipSync(readFileSync(file)).toString().trim().split('\n'));
  return lines.map((line) => Buffer.from(JSON.parse(line).der, 'base64'));
}

/** A tenth goes before, untimed. */
function timed<Item>(items: readonly Item[], read: (item: Item) => unknown): CertificatePartTook {
  for (const item of items.slice(0, items.length / 10)) read(item);
  const clock = startClock();
  for (const item of items) read(item);
  return { certificates: items.length, ...clock() };
}

/** All that Node says of a certificate and the lake keeps; a certificate that it refuses costs it less. */
function readWithNode(der: Buffer): unknown {
  try {
    const one = new X509Certificate(der);
    const { subject, issuer, validFrom, validTo, serialNumber, fingerprint, fingerprint256, ca } = one;
    const { subjectAltName, infoAccess, keyUsage, publicKey } = one;
    const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
    const selfSigned = subject === issuer && one.verify(publicKey);
    return [
      validFrom,
      validTo,
      serialNumber,
      fingerprint,
      fingerprint256,
      ca,
      subjectAltName,
      infoAccess,
      keyUsage,
    ].concat([modulusLength, namedCurve, selfSigned].map(String));
  } catch {
    return null;
  }
}

function readWithOpenssl(der: Buffer): unknown {
  try {
    const words = ['x509', '-inform', 'DER', '-noout', '-text'];
    return execFileSync('openssl', words, { input: der, stdio: ['pipe', 'pipe', 'ignore'] });
  } catch {
    return null;
  }
}

/** What readCertificate would hand over. */
function selfIssued(): SignedParts[] {
  return certificates().flatMap((der) => {
    const log = new ProblemLog();
    const { tbs, spki, signature, subject, issuer } = readParts(der, log);
    if (!tbs || !spki || !signature || !subject || !issuer || !subject.bytes.equals(issuer.bytes)) return [];
    const key = log.attempt(() => publicKeyFacts(spki, log));
    const algorithm = readCertificate(der).signature_algorithm;
    if (!key || algorithm === null) return [];
    const signed = { tbs: tbs.bytes, spki: spki.bytes, signature: signature.content.subarray(1) };
    return [{ der, ...signed, key, algorithm }];
  });
}

/** From part files to the rows that a lake takes, everything. */
async function table(threads: number): Promise<CertificatePartTook> {
  const database = await openDatabase({ threads });
  const connection = await database.connect();
  const clock = startClock();
  await loadCertificates(connection, files);
  const took = clock();
  const rows = await connection.runAndReadAll('select count(*) from certificate_facts');
  database.close();
  return { certificates: Number(rows.getRows()[0]![0]), ...took };
}

function startClock(): () => Pick<CertificatePartTook, 'seconds' | 'cpu_seconds'> {
  const [started, cpu] = [performance.now(), cpuSeconds()];
  return () => ({ seconds: (performance.now() - started) / 1000, cpu_seconds: cpuSeconds() - cpu });
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + childrenSeconds();
}

/** Of processes that have ended: cutime and cstime of proc(5), in hundredths. */
function childrenSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
