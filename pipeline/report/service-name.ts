/** Ports as the report names them: the number, then the service (IANA service name registry, 465 by its custom). */

const SERVICES: Record<number, string> = {
  25: 'smtp',
  110: 'pop3',
  143: 'imap',
  465: 'smtps',
  587: 'submission',
  993: 'imaps',
  995: 'pop3s',
};

/** Such as "25 smtp"; the bare number for a port that is none of the study's seven. */
export function serviceName(port: number): string {
  const service = SERVICES[port];
  return service === undefined ? String(port) : `${port} ${service}`;
}

/** Ports that clients fetch mail from; the study gives one value for all four. */
export const RETRIEVAL_PORTS: readonly number[] = [110, 143, 993, 995];
