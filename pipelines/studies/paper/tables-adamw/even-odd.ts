import { tables } from '../../settings.js';
import { evenAndOdd } from '../shape.js';

export default evenAndOdd(tables.setup(2, 1), { coarse: 4700, fine: 2800 });
