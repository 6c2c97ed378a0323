import { quorumCases } from '../contracts/script-quorum.js';
import { onEachStore } from '../support/script-stores.js';

onEachStore(quorumCases);
