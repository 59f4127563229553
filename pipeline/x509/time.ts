/**
 * UTCTime and GeneralizedTime (X.680, 46 and 47) → `YYYY-MM-DDTHH:MM:SSZ`. RFC 5280, 4.1.2.5 wants seconds and Z;
 * times without seconds, with an offset, with fractions or without a zone are read too. Fractions are dropped.
 */
import { DecodeError } from '../base/errors.ts';
import { type DerElement, TAG, whole } from './der.ts';

const FORM = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:[.,]\d+)?(Z|[+-]\d{4})?$/;

/** Throws DecodeError for another type, and for what is no date between the years 1 and 9999. */
export function isoTime(element: DerElement, what: string): string {
  const { tag, source, contentOffset, size, offset } = whole(element, what);
  const short = tag === TAG.utcTime;
  const text = source.toString('latin1', contentOffset, contentOffset + Math.min(size, 64));
  const iso = short || tag === TAG.generalizedTime ? toIso(text, short) : null;
  if (iso !== null) return iso;
  const kind = short ? 'a UTCTime' : tag === TAG.generalizedTime ? 'a GeneralizedTime' : 'a time';
  throw new DecodeError(what, offset, kind, JSON.stringify(text));
}

function toIso(text: string, short: boolean): string | null {
  return commonIso(text, short) ?? anyIso(text, short);
}

/** A date that exists in every month, to the second and in UTC, as nearly all are: there is nothing to work out. */
function commonIso(text: string, short: boolean): string | null {
  if (!(short ? COMMON_UTC : COMMON_GENERALIZED).test(text)) return null;
  const full = short ? (text < '5' ? '20' : '19') + text : text;
  const date = `${full.slice(0, 4)}-${full.slice(4, 6)}-${full.slice(6, 8)}`;
  return `${date}T${full.slice(8, 10)}:${full.slice(10, 12)}:${full.slice(12, 14)}Z`;
}

const COMMON_UTC = /^\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])(?:[01]\d|2[0-3])[0-5]\d[0-5]\dZ$/;
const COMMON_GENERALIZED =
  /^[1-9]\d\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])(?:[01]\d|2[0-3])[0-5]\d[0-5]\dZ$/;

function anyIso(text: string, short: boolean): string | null {
  const match = FORM.exec(text);
  if (!match || (match[1]!.length === 2) !== short) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0));
  // RFC 5280, 4.1.2.5.1: "Where YY is greater than or equal to 50, the year SHALL be interpreted as 19YY".
  const fullYear = short ? year! + (year! >= 50 ? 1900 : 2000) : year!;
  const zone = offsetMinutes(match[7]);
  if (hour! > 23 || minute! > 59 || second! > 59 || zone === null) return null;
  const date = new Date(0);
  date.setUTCFullYear(fullYear, month! - 1, day!);
  if (date.getUTCMonth() !== month! - 1 || date.getUTCDate() !== day!) return null;
  date.setUTCHours(hour!, minute! - zone, second!);
  const inRange = date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999;
  return inRange ? `${date.toISOString().slice(0, 19)}Z` : null;
}

/** Minutes east of Greenwich; null for an offset that is none. */
function offsetMinutes(zone: string | undefined): number | null {
  if (zone === undefined || zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3));
  if (hours > 14 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
