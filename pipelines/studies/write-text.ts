/**
 * Writes the text of composed tables to the file that the studies read, `runs/studies/composed-tables.txt`: 4,000,000 letters, identical on
 * every machine. `node dist/pipelines/studies/write-text.js`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { composedTables } from './composed-tables.js';
import { TABLES } from './settings.js';

mkdirSync(dirname(TABLES), { recursive: true });
writeFileSync(TABLES, composedTables(3, 4_000_000));
process.stdout.write(`${TABLES}\n`);
