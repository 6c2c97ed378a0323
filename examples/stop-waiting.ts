/** How do I stop waiting when nobody needs the answer any more? With a signal, which the decorator finds in the arguments. */
import { createLocker, memory, setDefaultLocker, WithLock } from 'latchkey';

class Printer {
  @WithLock('printer', { signal: (_page: string, signal?: AbortSignal) => signal })
  async print(page: string, _signal?: AbortSignal): Promise<string> {
    return `printed ${page}`;
  }
}

const locker = createLocker(memory());
setDefaultLocker(locker);

const held = await locker.acquire('printer');
const gone = new AbortController();
const printed = new Printer().print('page 1', gone.signal);
// In a server: `response.once('close', () => gone.abort(new Error('the client hung up')))`.
gone.abort(new Error('the client hung up'));
console.log(await printed.catch((error: unknown) => `not printed: ${(error as Error).message}`));

await held.release();
await locker.close();
