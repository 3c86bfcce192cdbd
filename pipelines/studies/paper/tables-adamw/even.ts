import { tables } from '../../settings.js';
import { evenFirst } from '../shape.js';

export default evenFirst(tables.setup(2, 1), { coarse: 4700, fine: 2800 });
