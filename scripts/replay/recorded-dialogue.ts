/**
 * The cleartext part of a recorded conversation to what the server says when: its greeting, its reply to each command by
 * the command's verb, with the tag of whoever asks (IMAP). What nobody asked it before TLS it doesn't know.
 */
import type { Capture } from '../testing/captures.ts';

export interface RecordedDialogue {
  greeting: string;
  /** By verb, upper case; lines of IMAP's tagged reply begin with `TAG `. */
  replies: ReadonlyMap<string, string>;
  /** Verb after which TLS begins. */
  starttls: string;
}

/** Null where the server speaks TLS at once. */
export function recordedDialogue(captures: readonly Capture[]): RecordedDialogue | null {
  const longest = captures.map(cleartext).sort((left, right) => right.length - left.length)[0]!;
  const [greeting, ...rest] = longest;
  if (greeting === undefined) return null;
  const replies = new Map<string, string>();
  let starttls = '';
  for (let index = 0; index + 1 < rest.length; index += 2) {
    const [verb, tag] = verbOf(rest[index]!);
    replies.set(verb, tag === null ? rest[index + 1]! : rest[index + 1]!.replace(tag, 'TAG'));
    starttls = verb;
  }
  const capabilities = /\[CAPABILITY ([^\]]*)\]/.exec(greeting);
  if (capabilities) replies.set('CAPABILITY', `* CAPABILITY ${capabilities[1]}\r\nTAG OK\r\n`);
  return { greeting, replies, starttls };
}

/** What the server says to the command in `line`. */
export function replyTo({ replies }: RecordedDialogue, line: string): string {
  const [verb, tag] = verbOf(line);
  const reply = replies.get(verb);
  if (tag !== null) return (reply ?? 'TAG BAD\r\n').replace('TAG', tag);
  return reply ?? (replies.has('STLS') ? '-ERR\r\n' : '502 5.5.2\r\n');
}

/** IMAP's commands begin with a tag. */
export function verbOf(line: string): [string, string | null] {
  const [first, second] = line.trim().split(' ');
  const isTagged = second !== undefined && /^(STARTTLS|CAPABILITY|LOGOUT)$/i.test(second);
  return isTagged ? [second.toUpperCase(), first!] : [first!.toUpperCase(), null];
}

/** What was said in turn before the client's hello: the server begins. Empty where the hello came first. */
function cleartext({ exchange }: Capture): string[] {
  const hello = exchange.findIndex(({ from, hex }) => from === 'client' && /^(1603|8...01)/.test(hex));
  const said = exchange.slice(0, Math.max(hello, 0));
  return said.map(({ hex }) => Buffer.from(hex, 'hex').toString('latin1'));
}
