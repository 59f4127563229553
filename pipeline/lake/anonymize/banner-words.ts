/**
 * A greeting → the words of it that no host has for itself: those of the protocols, of capabilities and of known
 * software. Whatever else stands there (names, addresses, times, session numbers) becomes one asterisk a run. What is
 * kept is listed, not what is dropped: a form of name that nobody thought of is dropped too.
 */
import { softwarePatterns } from '../../formats/datasets.ts';
import { mailSoftware } from '../../formats/mail-software.ts';
import type { MailProtocol } from '../../formats/raw-record.ts';

/** `banner` as in the lake; the version is kept where the banner tells it of known software. */
export function bannerWords(banner: string, protocol: MailProtocol | null): string {
  const text = banner.slice(0, BANNER_LENGTH);
  const version = protocol === null ? null : plainVersion(mailSoftware(text, protocol)?.version ?? null);
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  const kept = tokens.map((token, place) => (isKnown(token, place, tokens, version) ? token : '*'));
  return kept.filter((token, place) => token !== '*' || kept[place - 1] !== '*').join(' ');
}

/**
 * A version as software has it: numbers, and at most one suffix of those listed. Null for what could be an address or
 * carry a name; so a version of four small numbers is null too.
 */
export function plainVersion(version: string | null): string | null {
  return version === null || !VERSION.test(version) || hasAddress(version) ? null : version;
}

/** Suffixes of releases (4.95-RC0, 8.5.3FP6, 5.6.4-B2283, 7.2.0_GA_2669, 4.84_2) and of who packed them. */
const VERSION =
  /^v?\d{1,6}(?:[.-]\d{1,6}){0,4}(?:_\d{1,2}|_GA_\d{1,4}|[._+-]?(?:[a-z]|alpha|beta|pre|rc|dev|post|pl|sp|fp|hf|ga)\d{0,4}|[+-](?:Sun|Debian|Ubuntu))?$/i;

/** Whether four numbers of one byte each stand anywhere in a row, with dots, hyphens or underscores between them. */
function hasAddress(text: string): boolean {
  return (text.match(/\d+(?:[._-]\d+)+/g) ?? []).some((run) => {
    const bytes = run.split(/[._-]/).map(isByte);
    return bytes.some(
      (_, place) => place + 4 <= bytes.length && bytes.slice(place, place + 4).every(Boolean),
    );
  });
}

/** Decimal, or octal as inet_aton reads it after a zero. */
function isByte(digits: string): boolean {
  return Number(digits) < 256 || (/^0[0-7]+$/.test(digits) && Number.parseInt(digits, 8) < 256);
}

function isKnown(token: string, place: number, tokens: readonly string[], version: string | null): boolean {
  const isReply = /^\d{3}$/.test(tokens[0]!);
  if (place === 0) return isReply || ['+OK', '-ERR', '*'].includes(token);
  // RFC 5321: a greeting begins with the host's name, which may be any word.
  if (place === 1 && isReply) return /^E?SMTP$/i.test(token);
  const core = token.replace(/^[([<"'{]+|[)\]>"'};:,.!]+$/g, '');
  if (core === '') return token.length <= 3;
  if (version !== null && core.split('/').every((part) => part === version)) return true;
  const isWord = (part: string): boolean => vocabulary().has(part.toLowerCase());
  return isWord(core) || core.split(/[/=-]/).every(isWord);
}

/** As much of a banner as the raw record has. */
const BANNER_LENGTH = 1024;

let words: ReadonlySet<string> | undefined;

function vocabulary(): ReadonlySet<string> {
  words ??= new Set(
    [...WORDS.split(/\s+/), ...softwarePatterns().flatMap(({ software }) => software.split(/[\s.]+/))].map(
      (word) => word.toLowerCase(),
    ),
  );
  return words;
}

const WORDS = `
  ok err smtp esmtp esmtps lmtp pop pop3 pop3s imap imap4 imap4rev1 imap4rev2 imaps tls ssl starttls stls sasl sasl-ir
  server service services ready for requests at to is mail mailer welcome hello there version release daemon agent
  gateway proxy relay receiver internet messaging message transfer available not unavailable too many connections
  connection try again later closing channel busy temporarily temporary error refused rejected denied access greeting
  no unsolicited commercial bulk email e-mail uce spam use prohibited copyright see copying distribution information
  inc ltd gmbh corporation double precision microsoft windows linux unix bsd freebsd openbsd netbsd solaris debian
  ubuntu centos gnu red hat suse fedora build edition enterprise standard professional free the and or of by with a an
  capability literal literal+ literal- login login-referrals logindisabled id enable idle uidplus children namespace
  thread orderedsubject references refs sort display quota acl rights unselect binary condstore qresync esearch
  searchres within context list-extended list-status special-use move multiappend catenate compress deflate notify
  metadata utf8 accept only auth plain cram-md5 digest-md5 scram-sha-1 scram-sha-256 ntlm gssapi xoauth2 oauthbearer
  anonymous external user pass apop top uidl pipelining resp-codes respcodes auth-resp-code expire implementation
  size 8bitmime dsn enhancedstatuscodes chunking smtputf8 etrn vrfy expn help`;
