/**
 * A line of an endpoints file with holes for what differs between endpoints of one port that answer alike. It is cut from
 * a whole record, packed as a scan packs it (formats/packed-record.ts), so that filling the holes gives what a scan would
 * have written, at the price of joining some texts.
 */
import { packRecord } from '../formats/packed-record.ts';
import { MAIL_PORTS, mailPort } from '../formats/ports.ts';
import type { Dialogue, EndpointRecord, SecuredDialogue } from '../formats/raw-record.ts';
import type { Answer } from './answers.ts';
import { madeRecord, type Shown } from './made-record.ts';
import { type Hole, NUMBERS, TEXTS, WHOLE } from './marks.ts';

/** Texts and holes in turn: a text, a hole, a text … */
export interface Template {
  texts: string[];
  holes: Hole[];
  shows: Shown;
}

/** `version`, where all that would be refused of it got no answer; null where everything was answered. */
export function template(scan_id: string, port: number, answer: Answer, silent: number | null): Template {
  const { record, shows } = madeRecord(scan_id, port, answer, silent);
  const packed: Record<string, unknown> = { ...packRecord(record) };
  // No time passed: nobody was asked.
  packed['handshakes'] = (packed['handshakes'] as object[] | undefined)?.map((group) => ({
    ...group,
    duration_ms: undefined,
  }));
  if (mailPort(port)!.tls_mode === 'starttls') packed['dialogue'] = WHOLE.dialogue;
  if (shows.chain || shows.ec_chain) packed['chains'] = WHOLE.chains;
  return { ...cut(JSON.stringify(packed)), shows };
}

/** The packed text of a dialogue before TLS. */
export function dialogueText(dialogue: Dialogue): string {
  return JSON.stringify(packRecord({ ...blank(), dialogue }).dialogue ?? {});
}

/** The packed fields of a dialogue inside TLS, without braces. */
export function securedText(dialogue: Omit<SecuredDialogue, 'version' | 'cipher_suite'>): string {
  const secured_dialogue = { ...dialogue, version: 0, cipher_suite: 0 };
  const {
    version: _,
    cipher_suite: __,
    ...fields
  } = packRecord({ ...blank(), secured_dialogue }).secured_dialogue!;
  return JSON.stringify(fields).slice(1, -1);
}

function blank(): EndpointRecord {
  return madeRecord('', MAIL_PORTS[0]!.port, { weight: 1, accepted: [] }, null).record;
}

const HOLES = new Map<string, Hole>([
  ...Object.entries(NUMBERS).map(([hole, number]): [string, Hole] => [String(number), hole as Hole]),
  ...Object.entries(TEXTS).map(([hole, text]): [string, Hole] => [text, hole as Hole]),
  ['"@dialogue@"', 'dialogue'],
  ['"@chains@"', 'chains'],
  ['"@secured@":0', 'secured'],
]);

function cut(json: string): Pick<Template, 'texts' | 'holes'> {
  const parts = json.split(/(99900000\d|"@(?:dialogue|chains)@"|"@secured@":0|@\w+@)/);
  const holes = parts.filter((_, place) => place % 2 === 1).map((mark) => HOLES.get(mark));
  if (holes.includes(undefined)) throw new Error(`a template has a mark that is none: ${json.slice(0, 200)}`);
  return { texts: parts.filter((_, place) => place % 2 === 0), holes: holes as Hole[] };
}
