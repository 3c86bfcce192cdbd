import { tablesSgd } from '../../settings.js';
import { evenAndOdd } from '../shape.js';

export default evenAndOdd(tablesSgd.setup(2, 1), { coarse: 4700, fine: 2800 });
