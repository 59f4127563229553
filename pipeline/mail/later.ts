/**
 * Whether a reply means "later" where its code doesn't say so: IMAP has hardly any codes, POP3 few, and SMTP servers
 * under load use 554 too. Words are those of known servers (Postfix, Exim, Sendmail, Exchange, Dovecot, Cyrus, Courier,
 * IronPort, large providers). A wrong yes costs some patience, and is an error all the same: nothing is ever counted as a
 * no for it.
 */
import { TEXT_LIMIT } from './dialogue.ts';

/** Whether `reply` says that it may go better later, by a response code of IMAP or POP3 or by its words. */
export function saysLater(reply: string): boolean {
  const text = reply.slice(0, TEXT_LIMIT);
  return RESPONSE_CODE.test(text) || says(text, LATER) || says(text, TOO_MUCH);
}

/** Whether its words are those of a server that has too much to do, or too much of us. */
export function saysTooMuch(reply: string): boolean {
  return says(reply.slice(0, TEXT_LIMIT), TOO_MUCH);
}

function says(text: string, words: readonly RegExp[]): boolean {
  return words.some((word) => word.test(text));
}

/** RFC 2449 (8.1) and RFC 3206 for POP3; RFC 5530 (3) for IMAP, with LIMIT. */
const RESPONSE_CODE =
  /^\S{1,20}\s{1,3}(?:(?:NO|BAD|BYE)\s{1,3})?\[(?:SYS\/TEMP|IN-USE|LOGIN-DELAY|UNAVAILABLE|INUSE|LIMIT)\b/i;

/** Repetitions are bounded, so that no text takes long. */
const TOO_MUCH: readonly RegExp[] = [
  /\btoo many\b.{0,40}\b(?:connect(?:ions?|s)|sessions?|clients|users|process(?:es)?|logins)\b/i,
  /\btoo many concurrent\b/i,
  /\b(?:connections?|sessions?|rate|concurrency|client|process|user)s? limit/i,
  /\blimit\b.{0,20}\b(?:connections?|sessions?)\b/i,
  /\bmax(?:imum)?\b.{0,30}\b(?:connections?|sessions?|clients)\b/i,
  /\bthrottl(?:e|ed|ing)\b/i,
  /\boverload(?:ed)?\b/i,
  /\bslow down\b/i,
  /\b(?:too|server|system|service|ports?|currently|is|are) busy\b/i,
  /\b(?:queue|table) (?:is )?full\b/i,
  /\bload (?:average )?(?:is )?too high\b/i,
];

const LATER: readonly RegExp[] = [
  /\b(?:try|call|come|connect|retry)(?: \w{1,12})? (?:again|back|later)\b/i,
  /\btemporar(?:y|ily)\b/i,
  /\bgr[ae]y-?list/i,
];
