// Keeps a processor busy for as many ms as its argument says, and ends earlier when it is killed.
import { now } from './witness.mjs';

process.send({ ready: true });
const end = now() + Number(process.argv[2]);
while (now() < end);
