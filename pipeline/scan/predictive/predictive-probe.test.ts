/** The probe over real connections, to servers on loopback that answer by a pattern. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { mailPort } from '../../formats/ports.ts';
import { makePrior } from '../../formats/prior.ts';
import { SSL3, TLS1_0, TLS1_2 } from '../../tls/index.ts';
import { AddressGate } from '../address-gate.ts';
import { realWorld } from '../options.ts';
import { Pacer } from '../rate.ts';
import type { ScanContext } from '../scan-context.ts';
import { EndpointSession } from '../session.ts';
import { standardGroups } from '../standard-hello.ts';
import { LOCAL_OPTIONS } from '../testing/scan-local.ts';
import { ALERT_40, FLIGHT, onHello, type SeenHello } from '../testing/scripted-tls.ts';
import { type LocalServer, withServer } from '../testing/servers.ts';
import { VersionProbe } from '../version-probe.ts';
import { VersionTally } from '../version-tally.ts';
import { type PredictionOptions, Predictions } from './predictions.ts';
import { type Predicted, predict } from './predictive-probe.ts';

const SUITES = [4, 5, 10, 47, 53, 60, 61, 156];
const OFFERED = new Map([TLS1_2, TLS1_0, SSL3].map((version) => [version, SUITES]));
type Accepted = Record<number, number[]>;

/** What nearly all servers of the prior do. */
const USUAL: Accepted = { [TLS1_2]: [10, 47, 53, 60, 61, 156], [TLS1_0]: [10, 47, 53], [SSL3]: [] };
const OLD: Accepted = { [TLS1_2]: [], [TLS1_0]: [4, 5, 10], [SSL3]: [4, 5, 10] };
const COSTS_NOTHING: PredictionOptions = { confidence: 0.99, check_share: 0 };

const prior = makePrior(
  {
    source: { kind: 'lake', names: ['made'], first_at: null, last_at: null },
    ports: [993],
    questions: [...OFFERED].map(([version, cipher_suites]) => ({ version, cipher_suites })),
  },
  [USUAL, OLD].map((accepted, place) => ({
    accepted: [...OFFERED].flatMap(([version, suites]) =>
      suites.map((suite) => accepted[version]!.includes(suite)),
    ),
    counts: [place === 0 ? 30_000 : 10_000],
  })),
);

interface Probed {
  tallies: VersionTally[];
  predicted: Predicted;
  handshakes: number;
}

async function probe(server: LocalServer, options = COSTS_NOTHING): Promise<Probed> {
  const world = realWorld();
  const timeouts = { connect_ms: 2000, read_ms: 300, endpoint_ms: 30_000 };
  const context: ScanContext = {
    options: { ...LOCAL_OPTIONS, timeouts } as unknown as ScanContext['options'],
    world,
    pacer: new Pacer(0, world.clock),
    gate: new AddressGate(1, 0, world.clock),
    live: new Set(),
    suites: OFFERED,
    probes: [],
    predictions: null,
    rest: async () => {},
  };
  const endpoint = {
    ...{ endpoint_id: 0, target: '127.0.0.1', host: null, ip: '127.0.0.1', refused: null },
    ...{ service: mailPort(993)!, connect_port: server.port },
  };
  const session = new EndpointSession(endpoint, context, { handshakes: 1000 });
  const tallies = [...OFFERED].map(([version, suites]) => new VersionTally(version, suites));
  const predictions = new Predictions(prior, OFFERED, options);
  const probes = tallies.map(
    (tally) => new VersionProbe(session, tally, standardGroups(tally.version, world.randomBytes)),
  );
  const predicted = await predict(session, probes, predictions, 'seed');
  for (const probe of probes) await probe.finish();
  return { tallies, predicted, handshakes: session.effort.handshakes };
}

const choosing = (
  accepted: Accepted,
  refuse: (socket: Socket) => unknown = (socket) => socket.end(ALERT_40),
) =>
  onHello((socket, hello) => {
    const suite = hello.suites.find((one) => accepted[hello.version]!.includes(one));
    if (suite === undefined) refuse(socket);
    else socket.end(flight(hello, suite));
  });

/** A flight that chooses `suite` at the version of the hello. */
function flight({ version }: SeenHello, suite: number): Buffer {
  const bytes = Buffer.from(FLIGHT);
  bytes.writeUInt16BE(version, 1);
  bytes.writeUInt16BE(version, 9);
  bytes.writeUInt16BE(suite, 44);
  return bytes;
}

const countsOf = ({ tallies }: Probed) =>
  Object.fromEntries(
    tallies.map((tally) => {
      const { accepted, rejected, errors, not_tested, inferred_accepted, inferred_rejected } = tally.counts();
      return [
        tally.version,
        { accepted, rejected, errors, not_tested, inferred_accepted, inferred_rejected },
      ];
    }),
  );

/** Suites of each version that are accepted, by answer or by inference. */
const acceptedIn = ({ tallies }: Probed): Accepted =>
  Object.fromEntries(
    tallies.map(({ version, acceptedSuites, inferred }) => [
      version,
      [...acceptedSuites, ...inferred.flatMap((one) => one.cipher_suites)].sort((a, b) => a - b),
    ]),
  );

const NOTHING_LEFT = [[], [], []];

describe('a server that does as most do', () => {
  test('few handshakes, the rest inferred and marked', async () => {
    await withServer(choosing(USUAL), async (server) => {
      const found = await probe(server);
      expect(acceptedIn(found)).toEqual(USUAL);
      // A hello a version for what is refused and one to confirm it; five witnesses: 3DES, AES of two sizes, GCM, SHA-256.
      expect(found.handshakes).toBeLessThanOrEqual(11);
      expect(server.connections()).toBe(found.handshakes);
      expect([...found.predicted.left.values()]).toEqual(NOTHING_LEFT);
      expect(found.predicted.checks).toEqual([]);
      const counts = countsOf(found);
      expect([...OFFERED.keys()].map((version) => counts[version]!.rejected)).toEqual([2, 5, 8]);
      const inferred = found.tallies.flatMap((tally) => tally.inferred);
      expect(inferred.map((one) => one.cipher_suites.length)).toEqual([3, 2]);
      for (const { probability } of inferred) expect(probability).toBeGreaterThan(0.99);
    });
  });

  test('refusals by silence are proved by controls, and inferred from like others', async () => {
    await withServer(
      choosing(USUAL, (socket) => socket.end()),
      async (server) => {
        const found = await probe(server);
        expect(acceptedIn(found)).toEqual(USUAL);
        expect([...found.predicted.left.values()]).toEqual(NOTHING_LEFT);
        const refusals = found.tallies.flatMap((tally) => tally.rejections);
        expect(new Set(refusals.map(({ by, confirmed }) => `${by} ${confirmed}`))).toEqual(new Set(['close true']));
        const counts = countsOf(found);
        expect([...OFFERED.keys()].map((version) => counts[version]!.rejected)).toEqual([2, 5, 8]);
        expect(found.tallies.flatMap((tally) => tally.inferred)).not.toEqual([]);
      },
    );
  });

  test('all inferences checked: all verified', async () => {
    await withServer(choosing(USUAL), async (server) => {
      const found = await probe(server, { confidence: 0.99, check_share: 1 });
      expect(found.predicted.checks).toMatchObject([
        { suite_group: 'weak', wrong: 0 },
        { suite_group: 'other', wrong: 0 },
      ]);
      expect(found.tallies.flatMap((tally) => tally.inferred)).toEqual([]);
      expect(acceptedIn(found)).toEqual(USUAL);
    });
  });
});

describe('a server that the prior does not know', () => {
  const STRANGE: Accepted = { [TLS1_2]: [10, 156], [TLS1_0]: [4, 53], [SSL3]: [61] };

  test('what contradicts the prior is asked in full', async () => {
    await withServer(choosing(STRANGE), async (server) => {
      const found = await probe(server);
      expect(acceptedIn(found)).toEqual(STRANGE);
      expect(found.tallies.flatMap((tally) => tally.inferred)).toEqual([]);
    });
  });

  test('a wrong inference is found by its check, counted, and mended', async () => {
    const almost = { ...USUAL, [TLS1_2]: [10, 47, 60, 61, 156] };
    await withServer(choosing(almost), async (server) => {
      const found = await probe(server, { confidence: 0.99, check_share: 1 });
      expect(acceptedIn(found)).toEqual(almost);
      expect(found.predicted.checks.map(({ wrong }) => wrong)).toEqual([0, 1]);
    });
  });
});

describe('a server that does not answer', () => {
  test('one that says nothing at all is left as it is after one question', async () => {
    await withServer(
      onHello(() => {}),
      async (server) => {
        const found = await probe(server);
        expect(found.handshakes).toBe(2);
        expect([...found.predicted.left.values()]).toEqual([SUITES, SUITES, SUITES]);
        for (const one of Object.values(countsOf(found)))
          expect(one).toMatchObject({ accepted: 0, rejected: 0, inferred_accepted: 0 });
      },
    );
  });

  test('a version that times out is left, the others are predicted', async () => {
    await withServer(
      onHello((socket, hello) => {
        const suite = hello.suites.find((one) => USUAL[hello.version]!.includes(one));
        if (hello.version === SSL3) return;
        socket.end(suite === undefined ? ALERT_40 : flight(hello, suite));
      }),
      async (server) => {
        const found = await probe(server);
        const left = Object.fromEntries(found.predicted.left);
        expect(left).toEqual({ [TLS1_2]: [], [TLS1_0]: [], [SSL3]: SUITES });
        expect(acceptedIn(found)).toEqual(USUAL);
        expect(countsOf(found)[SSL3]).toMatchObject({
          accepted: 0,
          rejected: 0,
          inferred_accepted: 0,
        });
      },
    );
  });

  test('nonsense instead of TLS, and suites that were not offered, are no answers', async () => {
    const answers = [() => Buffer.from('500 what\r\n'), (hello: SeenHello) => flight(hello, 0x9999)];
    for (const nonsense of answers) {
      await withServer(
        onHello((socket, hello) => socket.end(nonsense(hello))),
        async (server) => {
          const found = await probe(server);
          for (const one of Object.values(countsOf(found)))
            expect(one).toMatchObject({ accepted: 0, rejected: 0 });
        },
      );
    }
  });
});
