/**
 * Writes the text of composed tables to where the studies read it, `runs/studies/composed-tables.txt`: 4,000,000 letters, the same ones
 * on every machine. `node dist/pipelines/studies/write-text.js`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { composedTables } from './composed-tables.js';
import { TABLES } from './settings.js';

mkdirSync(dirname(TABLES), { recursive: true });
writeFileSync(TABLES, composedTables(3, 4_000_000));
process.stdout.write(`${TABLES}\n`);
