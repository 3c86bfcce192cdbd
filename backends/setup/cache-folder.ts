/**
 * Where `vcycle setup` installs: a folder of the user's own, outside any project, so that it needs no root, survives `npm ci`, and serves an
 * installed vcycle too. Not here: what is installed there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Written last, so that where it exists the rest is complete. */
export const NOTE = 'setup.json';

/** `VCYCLE_CACHE`, or the system's cache folder. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string => {
  if (env.VCYCLE_CACHE) return env.VCYCLE_CACHE;
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'vcycle');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'vcycle');
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vcycle');
};

/** What a setup noted in its folder when it was complete. Undefined: there is none, or a full disk or a power failure cut it off; then it is made again. */
export const noteIn = (folder: string): unknown => {
  const path = join(folder, NOTE);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};
