/** The process of one worker: it makes the parts whose numbers come by message, one after the other, and ends when told. */
import { PartMaker } from './part.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

let maker: PartMaker | undefined;
let folder = '';

async function take(message: ToWorker): Promise<void> {
  if (message.kind === 'begin') {
    maker = new PartMaker(message.plan);
    folder = message.folder;
    return;
  }
  tell({ kind: 'made', index: message.index, part: await maker!.make(message.index, folder) });
}

function tell(message: FromWorker): void {
  process.send?.(message, () => {});
}

function fail(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  tell({ kind: 'failed', message, stack: stack ?? message, code: (error as NodeJS.ErrnoException).code });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
process.on('message', (message: ToWorker) => void take(message).catch(fail));
