/** All probes, in the order of asking: what matters most comes first, for a server that gets tired of us. */

import { chainsByName } from './chains-by-name.ts';
import { chainsByScheme } from './chains-by-scheme.ts';
import { completedHandshakes } from './completed-handshakes.ts';
import { fallbackScsv } from './fallback-scsv.ts';
import { fingerprint } from './fingerprint.ts';
import type { Probe } from './probe.ts';
import { noteChainNotAsked, securedSession } from './secured-session.ts';
import { signatureSchemes } from './signature-schemes.ts';
import { suitePreferences } from './suite-preferences.ts';
import { tls12Groups } from './tls12-groups.ts';
import { tls13Groups } from './tls13-groups.ts';
import { versionTolerance } from './version-tolerance.ts';

export { noteLongHellos, observeFacts } from './free-facts.ts';
export { type Findings, noFindings, type Probe } from './probe.ts';
export { runProbe } from './probe-session.ts';
export { noteChainNotAsked };

export const PROBES: readonly Probe[] = [
  securedSession,
  completedHandshakes,
  tls13Groups,
  tls12Groups,
  suitePreferences,
  fallbackScsv,
  versionTolerance,
  chainsByName,
  signatureSchemes,
  chainsByScheme,
  fingerprint,
];
