/**
 * What the build puts in the place of `validators.js`: the same exports, as the code that ajv makes of the schemas; ajv itself is loaded only if a kind
 * of model is added. Only the build uses this.
 */
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { AJV_OPTIONS, kindsNow } from './compiling.js';
import { modelSchema, scheduleSchema } from './json-schema.js';

/** ajv's own functions, which its code asks for by `require`. */
const OF_AJV = /require\("(ajv\/dist\/runtime\/(\w+))"\)/g;

export const precompiled = (): string => {
  const ajv = new Ajv({ ...AJV_OPTIONS, code: { source: true, esm: true } });
  ajv.addSchema(scheduleSchema(), 'schedule').addSchema(modelSchema(), 'model');
  const code = standalone.default(ajv, { validateSchedule: 'schedule', validateModel: 'model' });
  const imports = new Set([...code.matchAll(OF_AJV)].map(([, module, name]) => `import ${name} from '${module}.js';`));
  const kinds = JSON.stringify(kindsNow());
  return [
    ...imports,
    "import { createRequire } from 'node:module';",
    "import { compiling } from './compiling.js';",
    "import { modelSchema, scheduleSchema } from './json-schema.js';",
    "const ajv = () => createRequire(import.meta.url)('ajv').Ajv;",
    code.replaceAll('export const ', 'const ').replaceAll(OF_AJV, '$2'),
    `export const scheduleValidator = compiling(scheduleSchema, ajv, { kinds: ${kinds}, validate: validateSchedule });`,
    `export const modelValidator = compiling(modelSchema, ajv, { kinds: ${kinds}, validate: validateModel });`,
    '',
  ].join('\n');
};
