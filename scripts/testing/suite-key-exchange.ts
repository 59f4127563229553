/** The rule that the codec asks for, out of `datasets/cipher_suites.csv`. */
import { cipherSuites } from '../../pipeline/formats/datasets.ts';

type Suite = ReturnType<typeof cipherSuites>[number];

let byCode: Map<number, Suite> | undefined;

/** The suite's row, undefined for a number that the dataset doesn't have. */
export function suiteKeyExchange(cipherSuite: number): Suite | undefined {
  byCode ??= new Map(cipherSuites().map((suite) => [suite.code, suite]));
  return byCode.get(cipherSuite);
}

/** The number of a suite that is named as `0x00,0x2F`, or by the registry's name with JSSE's SSL_ for TLS_. */
export function suiteCode(name: string): number {
  if (name.startsWith('0x')) return Number.parseInt(name.replaceAll(/,?0x/g, ''), 16);
  const registered = name.replace(/^SSL_(?!CK_)/, 'TLS_');
  const suite = cipherSuites().find((candidate) => candidate.name === registered);
  if (!suite) throw new Error(`no suite is named ${name}`);
  return suite.code;
}
