import * as fc from 'fast-check';

import { holdsInTime } from '../property.js';
import { commands, Play } from './commands.js';
import { Model } from './model.js';

it('whatever is done to locks, and in whatever order: holders, fencing tokens and answers are as the model allows', async () => {
  const property = fc.asyncProperty(commands, async (list) => {
    const model = new Model();
    const play = new Play(model);
    await fc.asyncModelRun(() => ({ model, real: play }), list);
    await play.end();
  });
  await holdsInTime(property, 150);
});
