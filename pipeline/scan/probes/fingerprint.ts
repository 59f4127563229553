/**
 * A server's fingerprint: SHA-256 over its answers to ten fixed hellos, as text without anything random in it
 * (docs/fingerprint.md). It is asked like every question, behind STARTTLS as well. Null where one of the hellos has no
 * answer that says anything: an error never makes another fingerprint. Costs ten handshakes; a silent refusal up to eight more.
 */
import { sha256Hex } from '../../base/hex.ts';
import type { ServerAnswer, ServerFlight } from '../../tls/index.ts';
import { bitLength } from '../evidence.ts';
import type { AnswerListener, Question } from '../session.ts';
import { FINGERPRINT_VERSION, fingerprintHellos } from './fingerprint-hellos.ts';
import type { Probe } from './probe.ts';
import type { ProbeSession } from './probe-session.ts';
import { sureAnswer } from './sure-answer.ts';

export const fingerprint: Probe = {
  name: 'fingerprint',
  async run(session, _tallies, { facts }) {
    const texts: string[] = [`${FINGERPRINT_VERSION}`];
    for (const [, question] of fingerprintHellos(session.context.world.randomBytes)) {
      const text = (await askFor(session, question)) ?? (await askFor(session, question));
      if (text === null) return;
      texts.push(text);
    }
    const answers = texts.join('|');
    facts.fingerprint = { sha256: sha256Hex(answers), answers };
  },
};

/** The answer as text, null where there is none to build on. */
async function askFor(session: ProbeSession, question: Question): Promise<string | null> {
  let seen: ServerAnswer | undefined;
  // A control may be asked in between: it has other suites.
  const listener: AnswerListener = (offer, answer) => {
    if (offer.cipher_suites === question.cipher_suites) seen = answer;
  };
  const end = session.listen(listener);
  try {
    const answer = await sureAnswer(session, question);
    if (seen) return answerText(seen);
    return answer.kind === 'refused' ? 'silent' : null;
  } finally {
    end();
  }
}

/** What an answer to a hello of the fingerprint is in its text; null for one that came only in part. */
export function answerText(answer: ServerAnswer): string | null {
  if (answer.kind === 'alert') return `alert ${answer.description}`;
  return answer.kind === 'server_hello' ? flightText(answer) : null;
}

function flightText(flight: ServerFlight): string | null {
  const alert = /^alert \d+/.exec(flight.broken_by ?? '')?.[0];
  // Whether a server has an alert to send is a trait of it; that a connection broke off is not.
  if (flight.complete === false && alert === undefined) return null;
  const extensions = flight.extensions.slice(0, MOST_EXTENSIONS).map(({ type }) => type.toString(16));
  return [
    flight.version.toString(16).padStart(4, '0'),
    flight.cipher_suite.toString(16).padStart(4, '0'),
    flight.compression_method,
    extensions.join('-'),
    keyText(flight),
    flight.signature_scheme?.toString(16).padStart(4, '0') ?? '',
    alert ?? (flight.hello_retry_request ? 'retry' : ''),
  ].join(',');
}

function keyText({ ephemeral_key: key, selected_group }: ServerFlight): string {
  if (selected_group !== null) return selected_group.toString(16);
  switch (key?.kind) {
    case 'dh':
      return `dh${bitLength(key.prime)}`;
    case 'rsa':
      return `rsa${bitLength(key.modulus)}`;
    case 'named_group':
      return key.named_group.toString(16);
    case 'explicit_prime':
    case 'explicit_char2':
      return key.kind;
    default:
      return '';
  }
}

/** More than any server has for these hellos: the text stays short whatever is sent. */
const MOST_EXTENSIONS = 24;
