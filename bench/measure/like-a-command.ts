/** Imported before a measurement: its process begins as those of commands that train begin. */
import { keepYoungGenerationSmall } from '../../src/cli/process/young-generation.js';

keepYoungGenerationSmall();
