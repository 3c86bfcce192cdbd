/**
 * Where `vcycle setup` puts what it installs: a folder of the user's own, outside of any project, so that it needs no root, outlives `npm ci`, and
 * serves an installed vcycle too. Not here: what is installed there.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Written last into what is set up, so that where it is found the rest is whole. */
export const NOTE = 'setup.json';

/** `VCYCLE_CACHE`, or the system's folder for what can be made again. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string => {
  if (env.VCYCLE_CACHE) return env.VCYCLE_CACHE;
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'vcycle');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'vcycle');
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vcycle');
};
