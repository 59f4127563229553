/** testssl's findings about other features of an endpoint → facts. What it could not test, and words it does not use: null. */
import { namedEntry } from '../named-entry.ts';

/** Those that testssl has something to say about. */
export type FactName =
  | 'compression'
  | 'secure_renegotiation'
  | 'extended_master_secret'
  | 'encrypt_then_mac'
  | 'session_ticket'
  | 'heartbeat'
  | 'ocsp_stapling'
  | 'session_id_resumption'
  | 'session_ticket_resumption'
  | 'fallback_scsv';

type Facts = Partial<Record<FactName, boolean>>;

/** Empty where `id` is about something else. */
export function factFinding(id: string, finding: string): Facts {
  if (id === 'TLS_extensions') return extensions(finding);
  const rule = namedEntry(RULES, id.replace(/ <.*$/, ''));
  if (rule === undefined) return {};
  const [name, yes, no] = rule;
  return no.test(finding) ? { [name]: false } : yes.test(finding) ? { [name]: true } : {};
}

/** `'session ticket/#35'` and the like: those that the server answered in any of testssl's handshakes. */
function extensions(finding: string): Facts {
  const numbers = [...finding.matchAll(/\/#(\d{1,5})'/g)].map(([, number]) =>
    namedEntry(EXTENSIONS, number!),
  );
  return Object.fromEntries(numbers.filter((name) => name !== undefined).map((name) => [name, true]));
}

const EXTENSIONS: Readonly<Record<string, FactName>> = {
  15: 'heartbeat',
  22: 'encrypt_then_mac',
  23: 'extended_master_secret',
  35: 'session_ticket',
  65281: 'secure_renegotiation',
};

/** Id → fact, words for yes, words for no (looked for first). */
const RULES: Readonly<Record<string, readonly [FactName, RegExp, RegExp]>> = {
  secure_renego: ['secure_renegotiation', /^supported/, /^(?:not supported|VULNERABLE)/i],
  fallback_SCSV: ['fallback_scsv', /^supported/, /^NOT supported(?!.*rerun)/i],
  sessionresumption_ID: ['session_id_resumption', /^supported/, /^not supported|^No Session ID/],
  sessionresumption_ticket: ['session_ticket_resumption', /^supported/, /^not supported/],
  OCSP_stapling: ['ocsp_stapling', /^offered/, /^not offered/],
  TLS_session_ticket: ['session_ticket', /^valid for/, /^no\b/],
  CRIME_TLS: ['compression', /^VULNERABLE/, /^not vulnerable/],
};
