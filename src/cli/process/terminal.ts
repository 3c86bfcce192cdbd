/** How wide a table may be: as the terminal is, and 80 columns where there is none. */
export const terminalWidth = (): number => Math.max(80, process.stdout.columns ?? 80);
