/** NumPy's `.npy` with whole numbers of any shape. Source: NumPy's documentation, `numpy.lib.format`. */
import * as E from 'fp-ts/lib/Either.js';
import { inputFault } from '../../fault.js';
import { bytesOfElement, type ElementType } from './elements.js';
import type { TokenFormat } from './token-format.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const types: Readonly<Record<string, ElementType>> = {
  '|u1': 'uint8',
  '<u2': 'uint16',
  '<i4': 'int32',
  '<u4': 'uint32',
  '<i8': 'int64',
  '<u8': 'uint64',
};

export const numpy: TokenFormat = {
  matches: ({ head }) => MAGIC.every((byte, index) => head[index] === byte),
  layout: ({ path, file, size, head }) => {
    const refuse = (message: string): E.Either<ReturnType<typeof inputFault>, never> => E.left(inputFault(`${path}: ${message}`));
    if (head.byteLength < 12) return refuse('a .npy must begin with a header (ends before it); it is cut short: write it again');
    const major = head[6] ?? 0;
    if (major < 1 || major > 3) return refuse(`a .npy must be of version 1, 2 or 3 (was ${major}); write it again with numpy.save`);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const [from, long] = major === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
    const header = new TextDecoder().decode(head.subarray(from, from + long));
    const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
    const fortran = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
    const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
    if (descr === undefined || fortran === undefined || shape === undefined || from + long > head.byteLength)
      return refuse(
        'a .npy must have a header with descr, fortran_order and shape (has none that can be read); write it again with numpy.save',
      );
    const type = types[descr];
    if (type === undefined)
      return refuse(
        `the array must be of whole numbers, little-endian (was ${JSON.stringify(descr)}; may be ${Object.keys(types).join(', ')}); save array.astype('<i4')`,
      );
    if (fortran === 'True' && shape.split(',').filter((each) => each.trim() !== '').length > 1)
      return refuse('the array must be in C order (is in Fortran order); save numpy.ascontiguousarray(array)');
    const length = shape
      .split(',')
      .filter((each) => each.trim() !== '')
      .reduce((product, each) => product * Number(each), 1);
    const begin = from + long;
    const needed = begin + length * bytesOfElement[type];
    if (size !== needed)
      return refuse(
        `an array of ${length} numbers must have ${needed} bytes (was ${size}); it is ${size < needed ? 'cut short' : 'damaged'}: write it again`,
      );
    return E.right({ format: "NumPy's .npy", path, file, type, begin, length });
  },
};
