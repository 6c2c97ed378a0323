import express, { type ErrorRequestHandler, type Express, type Response } from 'express';
import { isLockError } from 'latchkey';

import type { MemberParams, Members } from './members.js';
import { AlreadyMemberError, type PossumLodge } from './possum-lodge.js';

/** The HTTP side of the service. Express 5 hands what an async handler throws to the error handler by itself. */
export function createApp(lodge: PossumLodge, members: Members): Express {
  const app = express();
  app.use(express.json());

  app.get('/members', async (_request, response) => {
    response.json(await members.all());
  });

  app.post('/members', async (request, response) => {
    const params = readParams(request.body);
    if (params === undefined) {
      response.status(400).json({ error: 'phoneNumber and name must be non-empty strings' });
      return;
    }
    response.status(201).json(await lodge.addMember(params));
  });

  app.use(onError);
  return app;
}

const onError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof AlreadyMemberError) {
    response.status(409).json({ error: error.message });
    return;
  }
  if (isLockError(error)) {
    switch (error.code) {
      case 'LOCK_TIMEOUT':
        // Nothing is wrong with the request: the same one, sent again, may well succeed.
        unavailable(response, 'somebody else is joining with this phone number', 1);
        return;
      case 'LOCK_KEY':
        // The phone number comes from outside, and this one can not be locked.
        response.status(400).json({ error: 'this is no phone number' });
        return;
      case 'LOCK_CLOSED':
        unavailable(response, 'this process is shutting down', 1);
        return;
      case 'LOCK_LOST':
        // Some of the work is done, and another one may have run beside it: this is not to be sent again unseen.
        response
          .status(500)
          .json({ error: 'it is not certain whether this was done: look before you try again' });
        return;
      case 'LOCK_BACKEND':
        // Somebody has to look after the Redis; the message names its error, and no secret.
        console.error(error.message);
        unavailable(response, 'the lock service does not answer', 5);
        return;
    }
  }
  // The rest is a bug or a bad request. Express answers with the error's status or 500, and logs it.
  next(error);
};

function unavailable(response: Response, error: string, retryAfterSeconds: number): void {
  response.status(503).set('Retry-After', String(retryAfterSeconds)).json({ error });
}

function readParams(body: unknown): MemberParams | undefined {
  const { phoneNumber, name } = (body ?? {}) as Partial<Record<keyof MemberParams, unknown>>;
  if (typeof phoneNumber !== 'string' || phoneNumber === '') return undefined;
  if (typeof name !== 'string' || name === '') return undefined;
  return { phoneNumber, name };
}
