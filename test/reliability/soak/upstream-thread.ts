// The provider of a soak, in a thread of its own: it works as long as real ones do, fails as often as it is told, and counts.
import { parentPort, workerData } from 'node:worker_threads';
import { generator } from '../../support/random.ts';
import { type Call, faults, ReplicateDouble } from '../../support/replicate-double.ts';
import type { Fault } from '../../support/replicate-faults.ts';
import { endNow, isRunning, stateOf } from '../../support/replicate-run.ts';
import { drawReal, drawSmall } from './pictures.ts';
import type { Question, UpstreamFigures, UpstreamOptions } from './upstream.ts';

const { latencyS, faults: percent, seed, realPictures } = workerData as UpstreamOptions;
const random = generator(seed);
const pick = <T>(choices: T[]): T => choices[Math.floor(random() * choices.length)] as T;

/** Replicate's own: a line that breaks, a server that fails, an answer that stops. A create may have taken effect all the same. */
const MISCHANCES: Partial<Record<Call, (() => Fault)[]>> = {
  create: [
    () => faults.serverError(500),
    () => faults.serverError(503),
    () => faults.throttled({ seconds: 2 }),
    () => faults.reset('after'),
    () => faults.hang('after'),
    () => faults.brokenJson(),
  ],
  get: [
    () => faults.serverError(500),
    () => faults.throttled({ seconds: 1 }),
    () => faults.reset('before'),
    () => faults.hang('before'),
    () => faults.brokenJson(),
  ],
  list: [() => faults.serverError(502), () => faults.reset('before')],
  download: [
    () => faults.serverError(502),
    () => faults.reset('before'),
    () => faults.stalled(),
    () => faults.truncated(),
    () => faults.cutShort(),
  ],
};

const double = await ReplicateDouble.start({
  chance: () => ({ latencyMs: 1000 * (latencyS[0] + random() * (latencyS[1] - latencyS[0])) }),
  mischance(call) {
    const choices = MISCHANCES[call];
    if (!choices || random() * 100 >= percent) return null;
    figures.mischances += 1;
    return pick(choices)();
  },
  draw: realPictures ? drawReal : drawSmall,
});
const figures: UpstreamFigures = { calls: {}, mischances: 0, mostInFlight: 0, busiestSecond: {} };

/** Requests are counted by the second and let go of: there are a hundred thousand of them. */
setInterval(() => {
  const counts = Object.entries(Object.groupBy(double.requests.splice(0), ({ call }) => call ?? 'none'));
  for (const [call, requests = []] of counts) {
    figures.calls[call] = (figures.calls[call] ?? 0) + requests.length;
    figures.busiestSecond[call] = Math.max(figures.busiestSecond[call] ?? 0, requests.length);
  }
  figures.mostInFlight = Math.max(figures.mostInFlight, running().length);
}, 1000);

const running = () => [...double.predictions.values()].filter(isRunning);

const answers: { [Q in Question]: () => unknown } = {
  figures: () => figures,
  bill: () =>
    double.bill.map(({ id, input }) => {
      const { endsAt } = double.prediction(id);
      return { id, input, status: stateOf(double.prediction(id)).status, endsAt };
    }),
  running: () => running().length,
  hold() {
    double.holding = true;
  },
  /** Whoever was held ends now, and whoever comes is not held. */
  release() {
    double.holding = false;
    for (const one of running()) if (one.held) endNow(one);
  },
};

parentPort?.on('message', (question: Question) => parentPort?.postMessage({ question, answer: answers[question]() }));
parentPort?.postMessage({ url: double.url, outputOrigin: double.outputOrigin, token: double.token });
