import { shakespeareSgd } from '../../settings.js';
import { evenAndOdd } from '../shape.js';

export default evenAndOdd(shakespeareSgd.setup(4, 1), { coarse: 600, fine: 200 });
