import { shakespeare } from '../../settings.js';
import { evenFirst } from '../shape.js';

export default evenFirst(shakespeare.setup(4, 1), { coarse: 600, fine: 200 });
