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

/** A version as software has it; null for what could be an address or carry a name. */
export function plainVersion(version: string | null): string | null {
  if (version === null || !/^v?\d{1,6}(?:[.-]\d{1,6}){0,4}(?:[._+-]?[A-Za-z]{1,5}\d{0,4})?$/.test(version))
    return null;
  const numbers = version.split('.');
  return numbers.length === 4 && numbers.every((number) => /^\d{1,3}$/.test(number) && Number(number) < 256)
    ? null
    : version;
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
