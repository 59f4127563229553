/** The dialogues of SMTP, POP3 and IMAP up to TLS: one answer however the bytes are cut, facts within their bounds. */
import { type DialogueStep, type MailDialogue, openDialogue } from '../../pipeline/mail/index.ts';
import { capturedWords } from './corpus.ts';
import { chunksOf, expectBounded, expectSame, Fault, type FuzzTarget } from './fuzz-target.ts';

const CAPTURES = { smtp: 'postfix-3.7-smtp', pop3: 'openssl-1.0.2-pop3', imap: 'dovecot-2.3-imap' } as const;
type Protocol = keyof typeof CAPTURES;

/** Six: each protocol, the first time and when the endpoint is known. */
export function mailTargets(): FuzzTarget[] {
  return (Object.keys(CAPTURES) as Protocol[]).flatMap((protocol) =>
    [false, true].map((known) => ({
      name: known ? `${protocol}-again` : protocol,
      seeds: [...capturedWords(CAPTURES[protocol], protocol), ...SEEDS[protocol].map(bytesOf)],
      words: WORDS.map(bytesOf),
      check: (bytes: Uint8Array) => checkDialogue(protocol, known, bytes),
    })),
  );
}

function checkDialogue(protocol: Protocol, known: boolean, bytes: Uint8Array): string {
  const whole = converse(protocol, known, [bytes]);
  expectSame('in chunks', whole.said, converse(protocol, known, chunksOf(bytes)).said);
  return whole.signature;
}

/** A server of so many words can't get more commands than this out of a client. */
const MOST_COMMANDS = 4;
/** Least characters of a detail. */
const TEXT_LIMIT = 1024;

function converse(protocol: Protocol, known: boolean, chunks: readonly Uint8Array[]) {
  const dialogue = openDialogue(protocol, { helo: 'census.test', known });
  const steps: DialogueStep[] = [];
  const left: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (dialogue.stage === 'over') left.push(chunk);
    steps.push(...dialogue.push(chunk));
  }
  checkSteps(dialogue, steps);
  expectBounded(
    dialogue.facts,
    chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  );
  return { said: shown(dialogue, steps, left), signature: signatureOf(dialogue, steps) };
}

function checkSteps({ facts, stage }: MailDialogue, steps: readonly DialogueStep[]): void {
  const ends = steps.filter(({ kind }) => kind !== 'send');
  if (ends.length > 1) throw new Fault(`it ended ${ends.length} times`);
  if ((stage === 'over') !== (ends.length === 1))
    throw new Fault('it is over without an end, or ended without');
  if (steps.length - ends.length > MOST_COMMANDS) throw new Fault(`${steps.length} commands`);
  for (const text of [facts.banner, facts.starttls_reply, ...steps.map(detailOf)]) {
    if (text !== null && text.length > TEXT_LIMIT) throw new Fault(`text of ${text.length} characters`);
  }
}

function detailOf(step: DialogueStep): string | null {
  return step.kind === 'finished' ? step.detail : null;
}

/** What it made of the bytes; those that are left for TLS at their length. */
function shown(
  { facts, stage }: MailDialogue,
  steps: readonly DialogueStep[],
  left: readonly Uint8Array[],
): string {
  const after = left.reduce((sum, chunk) => sum + chunk.length, 0);
  const said = steps.map((step) =>
    step.kind === 'start_tls' ? { ...step, leftover: step.leftover.length + after } : step,
  );
  return JSON.stringify([stage, facts, said]);
}

function signatureOf({ stage, facts }: MailDialogue, steps: readonly DialogueStep[]): string {
  const end = steps.find(({ kind }) => kind !== 'send');
  const reason = end?.kind === 'finished' ? end.reason : end?.kind;
  const told = Object.values(facts).map((fact) =>
    fact === null ? '-' : typeof fact === 'boolean' ? fact : '+',
  );
  return `${stage} ${reason} ${steps.length} ${told.join('')}`;
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

const SEEDS: Readonly<Record<Protocol, readonly string[]>> = {
  smtp: [
    '220 mx.test ESMTP\r\n250-mx.test\r\n250-SIZE 1000\r\n250-AUTH PLAIN LOGIN\r\n250-AUTH=LOGIN\r\n250 STARTTLS\r\n220 go\r\n',
    '220-a\r\n220 b\r\n502 no\r\n250 a\r\n',
    '220 a\r\n250-a\r\n250-XXXXXXXA\r\n250 HELP\r\n',
  ],
  pop3: [
    '+OK ready <1@a>\r\n+OK list\r\nTOP\r\nSTLS\r\nSASL PLAIN CRAM-MD5\r\nUSER\r\n.\r\n+OK begin\r\n',
    '+OK\r\n-ERR unknown\r\n+OK\r\n',
    '-ERR [SYS/TEMP] later\r\n',
  ],
  imap: [
    '* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN LOGINDISABLED] hi\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK\r\na2 OK go\r\n',
    '* PREAUTH {5}\r\nabcde tail\r\n* CAPABILITY IMAP4\r\na1 NO\r\n* BYE\r\n',
    '* BYE busy\r\n',
  ],
};

const WORDS: readonly string[] = [
  ...['\r\n', '\n', '\r', '.', '..', '220 ', '220-', '250-', '250 ', '421 ', '454 ', '502 ', '554 ', '999 '],
  ...['STARTTLS', 'STLS', 'AUTH PLAIN', 'AUTH=LOGIN', '+OK', '-ERR', '[SYS/TEMP]', 'CAPA', 'USER', 'SASL '],
  ...[
    '* OK ',
    '* BYE ',
    '* PREAUTH ',
    '* CAPABILITY ',
    'a1 OK',
    'a2 NO',
    'a2 BAD',
    '+ ',
    '{4}',
    '{4+}',
    '{65536}',
  ],
  ...[
    '{999999999}',
    '[CAPABILITY ',
    ']',
    'LOGINDISABLED',
    '\u0000',
    '\u001b[2J',
    '\u00ef\u00bb\u00bf',
    '\u00f0\u009f\u0098',
  ],
  'x'.repeat(4090),
];
