/** The maximum width of a table: that of the terminal, but at least 80 columns, and 80 without a terminal. */
export const terminalWidth = (): number => Math.max(80, process.stdout.columns ?? 80);
