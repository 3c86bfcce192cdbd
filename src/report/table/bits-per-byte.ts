/** The sentence under a table of losses that gives them in bits per byte of text, which are comparable across tokenizers. */
import { bitsPerByte } from '../../data/bytes-per-token.js';

export const bitsSentence = (bytesPerToken: number): string =>
  `Losses are nats per token. Those of other tokenizers compare in bits per byte of text: times ${bitsPerByte(1, bytesPerToken).toFixed(4)} here, where a token is ${bytesPerToken.toFixed(2)} bytes.`;
