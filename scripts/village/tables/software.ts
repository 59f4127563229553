/** The table mail_software, from the truth: what each villager's banner says it is, where it gets so far to say so. */
import type { ScanFacts, TruthTable } from '../truth-tables.ts';
import { byBytes, byPort, distinct, share, type Villager } from './answers.ts';

export function softwareTables(
  villagers: readonly Villager[],
  scan: ScanFacts,
): Record<'mail_software', TruthTable> {
  const rows = byPort(villagers.filter(greets)).flatMap(([port, there]) => {
    const names = there.map(({ endpoint }) => endpoint.dialogue.software);
    return distinct(names)
      .map((name) => ({ name, running: names.filter((other) => other === name).length }))
      .sort((a, b) => b.running - a.running || nullsLast(a.name, b.name))
      .map(({ name, running }) => [
        ...[scan.scan_id, port, name, there.length, running],
        share(running, there.length),
      ]);
  });
  return { mail_software: { columns: COLUMNS, rows } };
}

/** With implicit TLS the greeting comes inside of it, and only a real stack finishes a handshake. */
function greets({ endpoint }: Villager): boolean {
  const { server, tls_mode } = endpoint;
  if (tls_mode === 'implicit') return server.kind === 'real';
  return !(server.kind === 'neighbour' && SPEECHLESS.includes(server.behaviour));
}

function nullsLast(left: string | null, right: string | null): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return byBytes(left, right);
}

const SPEECHLESS: readonly string[] = ['refused_connection', 'silent', 'garbage_greeting'];
const COLUMNS = ['scan_id', 'port', 'software', 'endpoints', 'running', 'share'];
