/** One module's response about one host (`data.NAME` of a line of zgrab2) → an endpoint, its certificates and group. */

import { mailPort } from '../../../formats/ports.ts';
import type { MailProtocol } from '../../../formats/raw-record.ts';
import type { ForeignEndpoint, ForeignItem } from '../adapter.ts';
import { utcAt } from '../foreign-bytes.ts';
import type { ForeignHost } from '../foreign-host.ts';
import { booleanAt, part, portAt, textAt } from '../json-stream/json-access.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { replayedDialogue, replayedSecuredDialogue, type SaidTexts } from '../replayed-dialogue.ts';
import { certificatesOf } from '../shown-chain.ts';
import { toolWords } from '../tool-words.ts';
import { noMailPort, type Service, unknownCounts, unknownEndpoint } from '../unknown-endpoint.ts';
import { type LoggedHandshake, loggedHandshake } from './handshake-log.ts';
import { failureOf } from './status.ts';

/** `reason`: why there is no endpoint, or what of it could not be read; null where all could. */
export interface GrabResult {
  items: ForeignItem[];
  started_at: string | null;
  reason: string | null;
}

/** `name`: the module's, unless the operator of zgrab2 gave it another one. `nominal`: the port of responses that name none. */
export function grabResult(
  name: string,
  response: JsonValue,
  host: ForeignHost | null,
  nominal: number | null,
): GrabResult {
  const module = textAt(response, 'protocol') ?? name;
  if (module !== 'tls' && !isMailProtocol(module))
    return unreadable('a module that is none of smtp, pop3, imap, tls');
  const status = textAt(response, 'status');
  if (status === null) return unreadable('a response without a status');
  if (host === null) return unreadable('neither an ip nor a domain');
  const connect_port = portAt(response, 'port') ?? nominal;
  if (connect_port === null) return unreadable('no port: --port says which one was scanned');
  const service = serviceOf(module, part(response, 'result'));
  const fits =
    service.protocol === null ||
    portAt(response, 'port') !== null ||
    mailPort(connect_port)?.protocol === module;
  if (!fits) return unreadable(`no port, and --port ${connect_port} is none of module ${module}`);
  const endpoint = unknownEndpoint({ ...host, connect_port }, service, nominal);
  if (endpoint === null) return unreadable(noMailPort(connect_port));
  return filled({ ...endpoint, started_at: utcAt(response, 'timestamp') }, response, status);
}

function unreadable(reason: string): GrabResult {
  return { items: [], started_at: null, reason };
}

function isMailProtocol(module: string): module is MailProtocol {
  return module === 'smtp' || module === 'pop3' || module === 'imap';
}

/** TLS came first where there is a log of it but no reply to STARTTLS. */
function serviceOf(module: MailProtocol | 'tls', result: JsonValue): Service {
  if (module === 'tls') return { protocol: null, tls_mode: 'implicit' };
  const isStarttls = (textAt(result, 'starttls') ?? '') !== '';
  const isImplicit = booleanAt(result, 'implicit_tls') === true || part(result, 'tls') !== null;
  return { protocol: module, tls_mode: isStarttls ? 'starttls' : isImplicit ? 'implicit' : null };
}

function filled(record: ForeignEndpoint, response: JsonValue, status: string): GrabResult {
  const result = part(response, 'result');
  const log = part(result, 'tls', 'handshake_log') ?? part(result, 'handshake_log');
  const failure = failureOf(status, textAt(response, 'error'));
  const logged = loggedHandshake(log, failure === null);
  const detail = failure === null ? null : said(status, textAt(response, 'error'));
  const said_texts = textsOf(result);
  record.effort = { ...record.effort, connections: failure?.error_kind === 'excluded_address' ? 0 : 1 };
  if (logged !== null) noteHandshake(record, logged, detail);
  const end = record.tls_mode === 'starttls' ? noteDialogue(record, said_texts, logged !== null) : null;
  if (record.tls_mode === 'implicit' && logged !== null)
    noteSecuredDialogue(record, said_texts, failure, detail);
  if (logged === null) Object.assign(record, withoutTls(record, failure, end, detail));
  return {
    items: [...evidence(logged), { kind: 'endpoint', record }],
    started_at: record.started_at,
    reason: logged?.problem ?? null,
  };
}

type Failure = ReturnType<typeof failureOf>;

function noteHandshake(record: ForeignEndpoint, logged: LoggedHandshake, detail: string | null): void {
  const { handshake, facts, chain } = logged;
  record.outcome = 'tls';
  record.versions = [{ ...unknownCounts(handshake.version), handshakes: 1 }];
  record.handshakes = [{ ...handshake, error_detail: detail }];
  record.facts = { ...record.facts, ...facts };
  record.chains = chain === null ? [] : [{ chain_id: chain.chain_id, certificates: chain.certificates }];
  record.effort.handshakes = 1;
}

/** What ended the conversation before TLS, null where nothing did. */
function noteDialogue(
  record: ForeignEndpoint,
  texts: SaidTexts,
  isTls: boolean,
): { end: ReturnType<typeof replayedDialogue>['end']; detail: string | null } | null {
  const { dialogue, end, detail } = replayedDialogue(record.protocol, texts);
  record.dialogue = isTls ? { ...dialogue, starttls_accepted: dialogue.starttls_accepted ?? true } : dialogue;
  return isTls ? null : { end, detail };
}

function noteSecuredDialogue(
  record: ForeignEndpoint,
  texts: SaidTexts,
  failure: Failure,
  detail: string | null,
): void {
  const { version, cipher_suite } = record.handshakes[0]!;
  if (cipher_suite === null || (texts.banner === null && texts.ehlo === null)) return;
  record.secured_dialogue = {
    ...{ version, cipher_suite, ...replayedSecuredDialogue(record.protocol, texts), extensions: null },
    ...{ error_kind: failure?.error_kind ?? null, error_detail: detail },
  };
}

/** What became of an endpoint that chose nothing in TLS. */
function withoutTls(
  { tls_mode }: ForeignEndpoint,
  failure: Failure,
  told: ReturnType<typeof noteDialogue>,
  detail: string | null,
): Pick<ForeignEndpoint, 'outcome' | 'error_kind' | 'error_detail' | 'stop_reason'> {
  if (failure?.alert)
    return { outcome: 'tls_rejected', error_kind: null, error_detail: detail, stop_reason: null };
  if (told?.end === 'no_starttls')
    return {
      outcome: 'no_starttls',
      error_kind: null,
      error_detail: told.detail,
      stop_reason: 'no_starttls',
    };
  const isRefused =
    failure === null || failure.error_kind === 'service_refused' || failure.error_kind === 'protocol_error';
  if (told !== null && told.end !== null && isRefused)
    return { outcome: 'error', error_kind: told.end, error_detail: told.detail, stop_reason: told.end };
  const error_detail =
    detail ?? `zgrab2: TLS was not asked for${tls_mode === 'implicit' ? ', or not logged' : ''}`;
  return {
    outcome: 'error',
    error_kind: failure?.error_kind ?? null,
    error_detail,
    stop_reason: failure?.error_kind ?? null,
  };
}

/** What the endpoint names by hash. */
function evidence(logged: LoggedHandshake | null): ForeignItem[] {
  const certificates = logged?.chain ? certificatesOf([logged.chain]) : [];
  const group = logged?.group;
  return [
    ...certificates.map((der) => ({ kind: 'certificate', der }) as const),
    ...(group ? [{ kind: 'dh_group', ...group } as const] : []),
  ];
}

function textsOf(result: JsonValue): SaidTexts {
  const text = (name: string): string | null => textAt(result, name) || null;
  return { banner: text('banner'), ehlo: text('ehlo'), starttls: text('starttls') };
}

function said(status: string, error: string | null): string {
  return toolWords('zgrab2', error === null ? status : `${status.slice(0, 40)}: ${error}`);
}
