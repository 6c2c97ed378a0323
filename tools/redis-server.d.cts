/** The Redis server that the tests use; absent when there is none (then run `node tools/redis-server.cjs`). */
declare const found: { readonly systemBinary?: string };
export = found;
