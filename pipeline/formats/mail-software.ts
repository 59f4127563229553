/**
 * A greeting to the software behind it, by `datasets/mail_software.csv`. A guess: servers can say what they like. Of
 * strangers' text only the beginning is looked at.
 */
import { softwarePatterns } from './datasets.ts';
import type { MailProtocol } from './raw-record.ts';

export interface MailSoftware {
  software: string;
  /** As the greeting spells it; null where it tells none. */
  version: string | null;
}

/** `banner` as in the raw record, with its code; null where no pattern knows it. The first pattern that matches tells. */
export function mailSoftware(banner: string, protocol: MailProtocol): MailSoftware | null {
  const text = banner.slice(0, BANNER_LENGTH);
  for (const { pattern, software } of patternsOf(protocol)) {
    const match = pattern.exec(text);
    if (match) return { software, version: match[1] ?? null };
  }
  return null;
}

/** As much of a banner as the raw record has. */
const BANNER_LENGTH = 1024;

interface Compiled {
  pattern: RegExp;
  software: string;
}

const compiled = new Map<MailProtocol, readonly Compiled[]>();

function patternsOf(protocol: MailProtocol): readonly Compiled[] {
  const known = compiled.get(protocol);
  if (known) return known;
  const rows = softwarePatterns().filter((row) => row.protocol === protocol || row.protocol === 'any');
  const patterns = rows.map(({ pattern, software }) => ({ pattern: new RegExp(pattern, 'i'), software }));
  compiled.set(protocol, patterns);
  return patterns;
}
