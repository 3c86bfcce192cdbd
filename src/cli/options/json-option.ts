/** `--json`, as every command has it. */
import { Option } from 'commander';

export const jsonOption = (): Option => new Option('--json', 'print only data on stdout').default(false);
