/**
 * signature_algorithms_cert (RFC 8446, 4.2.3) with everything: while schemes are asked about one by one, the signatures
 * inside of certificates, which signature_algorithms speaks for as well where this is missing, are not to matter.
 */
import { ByteWriter } from '../../base/byte-writer.ts';
import { SIGNATURE_SCHEMES } from '../offer-lists.ts';
import type { Question } from '../session.ts';

export function certificateSchemes(): NonNullable<Question['extensions']> {
  const writer = new ByteWriter();
  writer.vector(2, (list) => {
    for (const scheme of SIGNATURE_SCHEMES) list.u16(scheme);
  });
  return [{ type: SIGNATURE_ALGORITHMS_CERT, data: writer.finish() }];
}

const SIGNATURE_ALGORITHMS_CERT = 50;
