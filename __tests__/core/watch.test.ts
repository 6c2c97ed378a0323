import { Watch } from '../../src/core/watch.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

/** @param more - whether to look again, by how often it has looked */
function watching(more: (looks: number) => boolean = () => true) {
  const environment = new VirtualEnvironment();
  const looks: number[] = [];
  const watch = new Watch(environment, () => {
    looks.push(environment.mono);
    return more(looks.length);
  });
  const since = environment.mono;
  const looked = (): number[] => looks.map((at) => at - since);
  return { environment, watch, looked };
}

it('looks at nothing until it is started', async () => {
  const { environment, looked } = watching();
  expect(environment.pending).toEqual([]);
  await environment.pass(5_000);
  expect(looked()).toEqual([]);
});

it('looks once a second, for the first time a second after its start, and keeps no process alive', async () => {
  const { environment, watch, looked } = watching();
  watch.start();
  expect([environment.pending, environment.pendingInForeground]).toEqual([[1_000], 0]);
  await environment.pass(999);
  expect(looked()).toEqual([]);
  await environment.pass(2_001);
  expect(looked()).toEqual([1_000, 2_000, 3_000]);
  expect([environment.pending, environment.pendingInForeground]).toEqual([[1_000], 0]);
});

it('looks no more often when it is started again meanwhile', async () => {
  const { environment, watch, looked } = watching();
  watch.start();
  await environment.pass(500);
  watch.start();
  await environment.pass(500);
  watch.start();
  await environment.pass(1_000);
  expect(looked()).toEqual([1_000, 2_000]);
  expect(environment.pending).toEqual([1_000]);
});

it('ends when there is nothing left to look at, until it is started again', async () => {
  const { environment, watch, looked } = watching((looks) => looks === 1);
  watch.start();
  await environment.pass(2_000);
  expect(environment.pending).toEqual([]);
  await environment.pass(500);
  expect(looked()).toEqual([1_000, 2_000]);
  watch.start();
  expect(environment.pending).toEqual([1_000]);
  await environment.pass(2_000);
  expect(looked()).toEqual([1_000, 2_000, 3_500]);
});

describe('when it is stopped', () => {
  it('looks no more, until it is started again', async () => {
    const { environment, watch, looked } = watching();
    watch.start();
    await environment.pass(1_500);
    watch.stop();
    expect(environment.pending).toEqual([]);
    await environment.pass(500);
    watch.start();
    watch.start();
    await environment.pass(2_000);
    expect(looked()).toEqual([1_000, 3_000, 4_000]);
  });

  it('has nothing to do where it was never started, or has ended', async () => {
    const { environment, watch, looked } = watching(() => false);
    watch.stop();
    watch.start();
    await environment.pass(1_000);
    watch.stop();
    expect([looked(), environment.pending]).toEqual([[1_000], []]);
  });
});
