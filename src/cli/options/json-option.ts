/** `--json`, as every command has it. */
import { Option } from 'commander';

export const jsonOption = (): Option => new Option('--json', 'print data alone on stdout').default(false);
