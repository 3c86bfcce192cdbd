/** Facts about a machine's graphics cards and their drivers, from files and libraries, without a runtime. Not here: conclusions (`remedies.ts`). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { whyNotOpened } from './shared-library.js';

export type GpuVendor = 'NVIDIA' | 'AMD' | 'Intel';

export interface MachineFacts {
  readonly platform: NodeJS.Platform;
  /** Whether commands need no `sudo`. */
  readonly root: boolean;
  /** `ID` and `VERSION_ID` of a Linux distribution, with `ID_LIKE`. */
  readonly distribution: { readonly names: readonly string[]; readonly version: number };
  /** Makers of the display controllers on the PCI bus; undefined where there is no such bus. */
  readonly gpus: ReadonlySet<GpuVendor> | undefined;
  readonly vulkan: {
    /** Whether libvulkan.so.1 opens. */
    readonly loader: boolean;
    /** Names of the files by which drivers register with the loader. */
    readonly drivers: readonly string[];
    /** The environment variable that overrides these drivers, if one is set. */
    readonly override: string | undefined;
  };
  /** NVIDIA's driver: its library, and its device. */
  readonly nvidia: { readonly library: boolean; readonly device: boolean };
}

const VENDORS: Readonly<Record<string, GpuVendor>> = { '0x10de': 'NVIDIA', '0x1002': 'AMD', '0x8086': 'Intel' };
const DISPLAY = '0x03';
const PCI = '/sys/bus/pci/devices';
const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const OVERRIDES = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'];

/** A system file that does not exist, or is not readable, gives nothing. */
const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
};

const list = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** The lines `KEY=value` of /etc/os-release. */
export const distributionOf = (release: string): MachineFacts['distribution'] => {
  const values = new Map([...release.matchAll(/^([A-Z_]+)="?([^"\n]*)"?$/gm)].map(([, key = '', value = '']) => [key, value]));
  return {
    names: `${values.get('ID') ?? ''} ${values.get('ID_LIKE') ?? ''}`.split(' ').filter(Boolean),
    version: Number.parseFloat(values.get('VERSION_ID') ?? ''),
  };
};

const gpusOnBus = (): ReadonlySet<GpuVendor> | undefined => {
  const devices = list(PCI);
  if (devices.length === 0) return undefined;
  return new Set(
    devices
      .filter((device) => read(join(PCI, device, 'class')).startsWith(DISPLAY))
      .flatMap((device) => VENDORS[read(join(PCI, device, 'vendor'))] ?? []),
  );
};

export const factsOfMachine = (): MachineFacts => ({
  platform: process.platform,
  root: process.getuid?.() === 0,
  distribution: distributionOf(read('/etc/os-release')),
  gpus: gpusOnBus(),
  vulkan: {
    loader: whyNotOpened('libvulkan.so.1') === undefined,
    drivers: DRIVER_FOLDERS.flatMap(list).filter((name) => name.endsWith('.json')),
    override: OVERRIDES.find((name) => Boolean(process.env[name])),
  },
  nvidia: {
    library: whyNotOpened('libcuda.so.1') === undefined,
    // Under WSL the card is reached through /dev/dxg.
    device: existsSync('/dev/nvidiactl') || existsSync('/dev/dxg'),
  },
});
