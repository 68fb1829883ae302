/*
 * Confluent's framing of a record's value: a byte 0, the schema's id in four bytes (big-endian), then the value in
 * Avro's binary encoding.
 */

export const FRAME_BYTES = 5;

/** Whether the value begins as a framed one does. JSON and text never do. */
export function isFramed(value: Uint8Array | string): value is Uint8Array {
  return typeof value !== 'string' && value.length >= FRAME_BYTES && value[0] === 0;
}

/** The schema's id in a framed value. */
export function schemaIdOf(value: Uint8Array): number {
  const at = (index: number) => value[index] as number;
  return at(1) * 0x1000000 + ((at(2) << 16) | (at(3) << 8) | at(4));
}

/** A value of the schema `id`, framed. `payload` as `avroWriter` makes it. */
export function framed(id: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_BYTES + payload.length);
  bytes[0] = 0;
  bytes.writeUInt32BE(id, 1);
  bytes.set(payload, FRAME_BYTES);
  return bytes;
}
