/**
 * The certificates whose numbers of addresses were published (datasets/published_2015.csv, top_certificates and
 * certificate_sharing), as far as they are known: names, size of the key, addresses. What is not known is made up.
 */
import { publishedValues } from '../../formats/datasets.ts';

export interface PublishedCertificate {
  /** Common name, organizational unit, organization; the first and the last are published. */
  common_name: string;
  organizational_unit: string | null;
  organization: string | null;
  key_bits: number;
  /** IPv4 addresses of the study that showed it. */
  addresses: number;
}

/** In the dataset's order; the one that is known by its fingerprint only is last. */
export function publishedCertificates(): PublishedCertificate[] {
  const rows = publishedValues();
  const named = rows.filter((row) => row.table_name === 'top_certificates').map(fromItem);
  const shared = rows.find((row) => row.table_name === 'certificate_sharing');
  if (!shared || named.length === 0) throw new Error('published_2015.csv has no certificates');
  return [...named, { ...UNNAMED, addresses: Number(shared.value) }];
}

function fromItem({ item, value }: { item: string; value: string }): PublishedCertificate {
  const words = /^(.*) \((\d+)\)$/.exec(item);
  if (!words) throw new Error(`published_2015.csv: no certificate in ${item}`);
  const names = words[1]!.replace(/^Automatic(IMAP|POP3) /, 'Automatically-generated $1 ').split(' - ');
  return {
    common_name: names[0]!,
    organizational_unit: names.length > 2 ? names[1]! : null,
    organization: names.length > 1 ? names.at(-1)! : null,
    key_bits: Number(words[2]),
    addresses: Number(value),
  };
}

const UNNAMED = {
  common_name: '*.shared-hosting.invalid',
  organizational_unit: null,
  organization: null,
  key_bits: 2048,
};
