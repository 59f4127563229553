/**
 * The tables of docs/refusals-of-stacks.md, as measured on this machine: `npx tsx scripts/peers/measure-refusals.ts`. A row a way
 * of refusing, a column a stack; a cell has the answers of the stack's configurations, one where all answer alike.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NEW_KEYS, signedKey } from './openssl.ts';
import { answerTo, NAMES, REFUSALS, type Refusal } from './refusals.ts';
import type { StackKeys, StackPeer } from './stack-peer.ts';
import { STACK_PEERS } from './stack-peers.ts';

/** By configuration, then title. */
type Answers = Map<string, Map<string, string>>;

async function measure(peer: StackPeer, keys: StackKeys): Promise<Answers> {
  const answers: Answers = new Map();
  for (const configuration of peer.configurations) {
    const server = await peer.start(configuration, keys);
    const own = new Map<string, string>();
    for (const refusal of REFUSALS) own.set(refusal.title, await answerTo(refusal, server.port));
    answers.set(configuration, own);
    await server.stop();
  }
  return answers;
}

function cell(answers: Answers, refusal: Refusal): string {
  const said = [...answers].map(([name, own]) => [name, short(own.get(refusal.title)!, refusal)] as const);
  const distinct = [...new Set(said.map(([, answer]) => answer))];
  const of = (answer: string) =>
    said.filter((one) => one[1] === answer).map(([configuration]) => configuration);
  return distinct.length === 1
    ? distinct[0]!
    : distinct.map((answer) => `${answer} (${of(answer).join(', ')})`).join('; ');
}

/** `yes`: a ServerHello, or a HelloRetryRequest; `lower`: one of a lower version than asked, which is a refusal. */
function short(answer: string, { version }: Refusal): string {
  const yes = (_: string, found: string) => (Number(found) < version ? 'lower' : 'yes');
  return answer
    .replace(/(?:ServerHello|HelloRetryRequest) (0x[0-9a-f]{4}) 0x[0-9a-f]{4}/, yes)
    .replaceAll('alert ', '');
}

function table(title: string, refusals: readonly Refusal[], all: ReadonlyMap<string, Answers>): string {
  const head = `| ${[title, ...all.keys()].join(' | ')} |\n|${'---|'.repeat(all.size + 1)}`;
  const rows = refusals.map(
    (one) => `| ${[one.title, ...[...all.values()].map((answers) => cell(answers, one))].join(' | ')} |`,
  );
  return [head, ...rows, ''].join('\n');
}

/** What a server that knows one name says to others, version by version. */
async function measureNames(peer: StackPeer, keys: StackKeys): Promise<Answers> {
  const server = await peer.start('named', keys);
  const own = new Map<string, string>();
  for (const refusal of NAMES) own.set(refusal.title, await answerTo(refusal, server.port));
  await server.stop();
  return new Map([['named', own]]);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'census-refusals-'));
  const keys = {
    folder,
    rsa: signedKey(folder, 'rsa', NEW_KEYS.rsa),
    ecdsa: signedKey(folder, 'ecdsa', NEW_KEYS.ecdsa),
  };
  const all = new Map<string, Answers>();
  for (const peer of STACK_PEERS) {
    const missing = peer.missing();
    if (missing === undefined) all.set(peer.name, await measure(peer, keys));
    else console.error(`left out: ${missing}`);
  }
  const named = new Map<string, Answers>();
  for (const peer of STACK_PEERS) {
    if (peer.takesNames && all.has(peer.name)) named.set(peer.name, await measureNames(peer, keys));
  }
  rmSync(folder, { recursive: true });
  for (const [title, kinds] of TABLES) {
    console.log(
      table(
        title,
        REFUSALS.filter(({ about }) => kinds.includes(about)),
        all,
      ),
    );
  }
  console.log(table('A server that knows mx.test alone', NAMES, named));
}

const TABLES: readonly (readonly [title: string, kinds: readonly Refusal['about'][]])[] = [
  ['Versions', ['version']],
  ['Suites', ['suites']],
  ['Groups, schemes', ['group', 'scheme']],
  ['Forms of hello', ['form']],
];

main();
