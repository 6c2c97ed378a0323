import { raiseCases } from '../contracts/script-raise.js';
import { onEachStore } from '../support/script-stores.js';

onEachStore(raiseCases);
