/** AuthorityInfoAccess (RFC 5280, 4.2.2.1) → where to ask for the status, and where the issuer's certificate lies. */
import { WordList } from '../bounded-text.ts';
import { context, type DerReader, TAG, whole, within } from '../der.ts';
import { objectIdentifier } from '../der-value.ts';
import { ia5Word } from '../general-name.ts';
import type { ProblemLog } from '../problem-log.ts';

/** URLs joined by spaces, in the order of the certificate; null where there are none. */
export interface AccessUrls {
  ocsp_urls: string | null;
  ca_issuers_urls: string | null;
}

/** Locations that are no URL are left out. Throws DecodeError. */
export function accessUrls(reader: DerReader, log: ProblemLog): AccessUrls {
  const ocsp = new WordList(WHAT, log);
  const issuers = new WordList(WHAT, log);
  for (const description of within(reader.next(TAG.sequence, WHAT), log).all(WHAT)) {
    const parts = within(description, log);
    const method = objectIdentifier(parts.any(WHAT), WHAT);
    const location = whole(parts.any(WHAT), WHAT);
    const urls = method === OCSP ? ocsp : method === CA_ISSUERS ? issuers : undefined;
    if (!urls || location.tag !== URL_NAME) continue;
    if (!urls.add(ia5Word(location), location.offset)) break;
  }
  return { ocsp_urls: ocsp.text, ca_issuers_urls: issuers.text };
}

const WHAT = 'authority information access';
const OCSP = '1.3.6.1.5.5.7.48.1';
const CA_ISSUERS = '1.3.6.1.5.5.7.48.2';
/** uniformResourceIdentifier. */
const URL_NAME = context(6);
