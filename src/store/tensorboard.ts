/**
 * A run as TensorBoard's event file: TFRecord frames (tensorflow.org/tutorials/load_data/tfrecord) of Event messages (tensorflow/core/util/
 * event.proto). Pure: records to bytes. Losses, learning rate, gradient norm, level, FLOPs and tokens per second, by training step.
 */
import crc32c from 'crc-32/crc32c.js';
import protobuf from 'protobufjs/minimal.js';
import { bitsPerByte } from '../data/bytes-per-token.js';
import type { RunRecord } from '../report/run/run-record.js';

/** Field numbers of Event and of the messages in it, from TensorFlow's own files; wire types: 0 varint, 1 double, 2 bytes, 5 float. */
const WALL_TIME = (1 << 3) | 1;
const STEP = (2 << 3) | 0;
const FILE_VERSION = (3 << 3) | 2;
const SUMMARY = (5 << 3) | 2;
const VALUE = (1 << 3) | 2;
const TAG = (1 << 3) | 2;
const SIMPLE_VALUE = (2 << 3) | 5;

/** TFRecord's masking: checksums of data that contain checksums would be weak. */
const masked = (data: Uint8Array): number => {
  const crc = crc32c.buf(data) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

const LENGTH_BYTES = 8;
const CRC_BYTES = 4;

const frame = (message: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(LENGTH_BYTES + CRC_BYTES + message.length + CRC_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(LENGTH_BYTES, masked(bytes.subarray(0, LENGTH_BYTES)), true);
  bytes.set(message, LENGTH_BYTES + CRC_BYTES);
  view.setUint32(bytes.length - CRC_BYTES, masked(message), true);
  return bytes;
};

const first = (milliseconds: number): Uint8Array =>
  protobuf.Writer.create()
    .uint32(WALL_TIME)
    .double(milliseconds / 1000)
    .uint32(FILE_VERSION)
    .string('brain.Event:2')
    .finish();

type Scalars = readonly (readonly [tag: string, value: number])[];

const scalars = (milliseconds: number, step: number, values: Scalars): Uint8Array => {
  const writer = protobuf.Writer.create()
    .uint32(WALL_TIME)
    .double(milliseconds / 1000)
    .uint32(STEP)
    .int64(step)
    .uint32(SUMMARY)
    .fork();
  // The format's numbers are 32 bits wide: values outside their range are omitted, since writing infinity would be wrong.
  for (const [tag, value] of values.filter(([, value]) => Number.isFinite(Math.fround(value))))
    writer.uint32(VALUE).fork().uint32(TAG).string(tag).uint32(SIMPLE_VALUE).float(value).ldelim();
  return writer.ldelim().finish();
};

/** TensorBoard recognises its own files by this part of the name. */
const MARK = 'tfevents';

export const isTensorboardName = (name: string): boolean => name.includes(MARK);

/** Files are sorted by the number, in seconds; the milliseconds distinguish runs. */
export const tensorboardName = ({ started }: RunRecord): string => {
  const seconds = Math.floor(started.time / 1000);
  const milliseconds = Math.floor(started.time - 1000 * seconds);
  return `events.out.${MARK}.${String(seconds).padStart(10, '0')}.${String(milliseconds).padStart(3, '0')}.vcycle`;
};

/** The file's bytes. */
export const tensorboardFile = ({ started, steps, evaluations }: RunRecord): Uint8Array => {
  const { bytesPerToken } = started;
  const validationOf = (nats: number): Scalars => [
    ['loss/validation', nats],
    ...(bytesPerToken === undefined ? [] : [['loss/validation-bits-per-byte', bitsPerByte(nats, bytesPerToken)] as const]),
  ];
  const messages = [
    ...steps.map((event) => ({
      ...event,
      values: [
        ['loss/training', event.loss],
        ['optimizer/learning-rate', event.learningRate],
        ['optimizer/gradient-norm', event.gradientNorm],
        ['run/level', event.level],
        ['run/flops', event.flops],
        ['run/tokens-per-second', event.seconds > 0 ? event.tokens / event.seconds : 0],
      ] as Scalars,
    })),
    ...evaluations.map((event) => ({ ...event, values: validationOf(event.loss) })),
  ].sort((a, b) => a.step - b.step);
  const frames = [first(started.time), ...messages.map(({ time, step, values }) => scalars(time, step, values))].map(frame);
  const bytes = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of frames) {
    bytes.set(each, at);
    at += each.length;
  }
  return bytes;
};
