/**
 * What every hello of ours carries beside the question itself, unless the question says otherwise: the extensions and
 * the compression method that a server answers in its ServerHello, so that what it can do is learnt with no handshake
 * more. RFC 3749 (DEFLATE), 6066 (status_request), 5077 (session_ticket), 6520 (heartbeat), 7366 (encrypt_then_mac);
 * extended_master_secret and renegotiation_info are the codec's own. No message of any of them is ever sent.
 */
import { type HelloOffer, SECP256R1, SSL2, SSL3, TLS1_3, X25519 } from '../tls/index.ts';
import {
  FEW_CURVES,
  FEW_GROUPS,
  FEW_SCHEMES,
  type HelloForm,
  offersFiniteFields,
  PADDED_LENGTH,
  PADDING,
} from './hello-form.ts';
import { ECDH_GROUPS, GROUPS_1_3 } from './offer-lists.ts';
import { keyShare, x25519Share } from './probes/key-shares.ts';
import type { Question } from './session.ts';

/** `question` with what it leaves open filled in, but for its name. One shape of object, whatever is asked. */
export function standardHello(question: Question, form: HelloForm, random: Uint8Array): HelloOffer {
  const { version } = question;
  const clear = version !== SSL2 && version < TLS1_3;
  const compresses = clear && !form.without.has('compression');
  return {
    version,
    cipher_suites: question.cipher_suites,
    random,
    server_name: undefined,
    signalling_suites: question.signalling_suites ?? (version === SSL3 ? SSL3_SIGNALS : undefined),
    named_groups: groupsIn(form, question),
    signature_schemes:
      question.signature_schemes ?? (form.without.has('all_schemes') ? FEW_SCHEMES : undefined),
    key_shares: sharesIn(form, question),
    extensions: question.extensions ?? (clear && version !== SSL3 ? STANDARD_EXTENSIONS : undefined),
    without_extensions: form.without_extensions,
    // What names its extensions has a form of its own.
    padded_length: question.extensions || form.without.has(PADDING) ? undefined : PADDED_LENGTH,
    compression_methods: question.compression_methods ?? (compresses ? DEFLATE_OR_NULL : undefined),
    hello_version: question.hello_version,
  };
}

/** A form with few groups has a share of another one, for servers that refuse what they would have to ask for. */
function sharesIn(form: HelloForm, { key_shares }: Question): Question['key_shares'] {
  const isStandard = key_shares?.length === 1 && key_shares[0]!.named_group === X25519;
  return isStandard && form.without.has('all_groups') ? P256_SHARE : key_shares;
}

/** Lists that ask about groups stay as they are. */
function groupsIn(form: HelloForm, { named_groups }: Question): readonly number[] {
  if (!form.without.has('all_groups')) return named_groups;
  if (named_groups !== ECDH_GROUPS && named_groups !== GROUPS_1_3) return named_groups;
  return named_groups === ECDH_GROUPS && offersFiniteFields(form) ? FEW_GROUPS : FEW_CURVES;
}

/** Groups and shares of a hello of `version`, unless it asks about them. */
export function standardGroups(
  version: number,
  randomBytes: (length: number) => Uint8Array,
): Pick<Question, 'named_groups' | 'key_shares'> {
  if (version === TLS1_3) return { named_groups: GROUPS_1_3, key_shares: x25519Share(randomBytes) };
  return { named_groups: version <= SSL3 ? [] : ECDH_GROUPS };
}

/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV, RFC 5746, 3.3: SSLv3 has no extensions to ask with. */
const SSL3_SIGNALS: readonly number[] = [0x00ff];

const P256_SHARE = keyShare(SECP256R1, (length) => new Uint8Array(length));

const DEFLATE_OR_NULL: readonly number[] = [1, 0];

/** ExtensionType and content; the empty ones stand before others. */
const STANDARD_EXTENSIONS: NonNullable<Question['extensions']> = [
  { type: 35, data: new Uint8Array(0) }, // session_ticket: none yet
  { type: 22, data: new Uint8Array(0) }, // encrypt_then_mac
  { type: 5, data: Uint8Array.of(1, 0, 0, 0, 0) }, // status_request: ocsp, no responders, no extensions
  { type: 15, data: Uint8Array.of(1) }, // heartbeat: peer_allowed_to_send
];
