/** Who scans the Internet says so: public addresses need an EHLO name and a contact of the operator's. */
import { UsageError } from '../../base/errors.ts';
import type { ScanOptions } from '../options.ts';
import { isHostName } from '../targets/host-name.ts';
import { TargetSpace } from '../targets/target-space.ts';

/** Throws UsageError where `options` don't say who scans, and must; also where they say it in a way that leads nowhere. */
export function checkIdentified(options: ScanOptions): void {
  const { helo, contact } = options;
  if (!isHostName(helo)) throw new UsageError('--helo: give a host name of ASCII letters, digits, hyphens');
  if (contact !== null && !isContact(contact))
    throw new UsageError('--contact: give a mail address, or a URL that begins with https:// or http://');
  const missing = [
    ...(isNameOfNoOne(helo) ? ["--helo NAME (this machine's name in forward and reverse DNS)"] : []),
    ...(contact === null ? ['--contact MAIL_OR_URL (who answers complaints)'] : []),
  ];
  if (missing.length === 0 || !hasPublicTargets(options)) return;
  throw new UsageError(
    `these targets are on the Internet, whose operators must be able to find you: give ${missing.join(' and ')}; see docs/ethics.md`,
  );
}

/** Whether any address is not reserved; a name may have any address. */
function hasPublicTargets({ targets, ports, allow_reserved }: ScanOptions): boolean {
  // Without --allow-reserved there are no others.
  return (
    !allow_reserved || new TargetSpace(targets, { ports, allow_reserved: false }).expectedEndpoints() > 0
  );
}

/** No name in DNS: one label, or a domain that RFC 2606 and RFC 6761 keep for other uses. */
function isNameOfNoOne(helo: string): boolean {
  const labels = helo.toLowerCase().replace(/\.$/, '').split('.');
  return labels.length < 2 || ['invalid', 'localhost', 'local', 'test'].includes(labels.at(-1)!);
}

function isContact(text: string): boolean {
  return /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/.test(text) || /^https?:\/\/[^\s/]+\.[^\s]+$/.test(text);
}
