/** Where a Redis Cluster puts a key. */

const SLOTS = 16_384;

/**
 * The hash slot of a key, as `CLUSTER KEYSLOT` tells it: of what stands in its first braces, if that is something; else of
 * the whole key.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */
export function slotOf(key: string): number {
  return crc16(Buffer.from(hashTag(key))) % SLOTS;
}

function hashTag(key: string): string {
  const from = key.indexOf('{');
  const to = key.indexOf('}', from + 1);
  return from >= 0 && to > from + 1 ? key.slice(from + 1, to) : key;
}

/** CRC-16/XMODEM: polynomial 0x1021, from 0, highest bit first. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x1021);
    crc &= 0xffff;
  }
  return crc;
}
