/**
 * What is missing for using a GPU, and the one command that installs it, where one is known: from the distribution's own packages on Debian and
 * Ubuntu. Pure. Not here: looking at the machine (`facts.ts`).
 */
import type { Remedy } from '../../src/backend.js';
import type { MachineFacts } from './facts.js';

type Distribution = MachineFacts['distribution'];

const isUbuntu = ({ names }: Distribution): boolean => names.includes('ubuntu');
const isDebian = ({ names }: Distribution): boolean => names.includes('debian') || names.includes('ubuntu');

const asRoot = ({ root }: MachineFacts, command: string): string => (root ? command : `sudo ${command}`);
const install = (facts: MachineFacts, packages: string): string | undefined =>
  isDebian(facts.distribution) ? asRoot(facts, `apt-get install ${packages}`) : undefined;

/** In Debian it belongs to the component non-free. */
const nvidiaDriver = (facts: MachineFacts): string | undefined =>
  isUbuntu(facts.distribution) ? asRoot(facts, 'ubuntu-drivers install') : install(facts, 'nvidia-driver');

const remedy = (missing: string, command: string | undefined): Remedy => ({ missing, ...(command === undefined ? {} : { command }) });

/** Mesa drives cards of AMD and Intel, and computes in software without a card; for WebGPU that works with 25.0, but not with 22.3. */
const MESA = 'libvulkan1 mesa-vulkan-drivers';
const hasNewMesa = (distribution: Distribution): boolean => distribution.version >= (isUbuntu(distribution) ? 25.04 : 13);

/**
 * Why a runtime finds no WebGPU adapter on Linux.
 *
 * @param said the runtime's own words, used where the machine's facts explain nothing
 */
const withoutVulkan = (facts: MachineFacts, said: string): Remedy => {
  const { gpus, vulkan, distribution } = facts;
  if (vulkan.override !== undefined && vulkan.loader)
    return remedy(`${vulkan.override} is set, and names no driver that gives a device`, `unset ${vulkan.override}`);
  const nvidiaAlone = gpus?.size === 1 && gpus.has('NVIDIA');
  const drivers = nvidiaAlone ? vulkan.drivers.filter((name) => name.includes('nvidia')) : vulkan.drivers;
  if (vulkan.loader && drivers.length > 0) return remedy(said, undefined);
  const missing = vulkan.loader ? "the GPU's Vulkan driver is missing" : "Vulkan's loader, libvulkan.so.1, is missing";
  if (nvidiaAlone) return remedy(missing, drivers.length > 0 ? install(facts, 'libvulkan1') : nvidiaDriver(facts));
  if (gpus?.size === 0 && isDebian(distribution) && !hasNewMesa(distribution))
    return remedy(
      `${missing}, and this machine has no GPU: Mesa's software driver computes for WebGPU from version 25 on, which Debian has since 13 and Ubuntu since 25.04`,
      undefined,
    );
  return remedy(missing, install(facts, MESA));
};

export const withoutAdapter = (facts: MachineFacts, said: string): Remedy =>
  facts.platform === 'linux' ? withoutVulkan(facts, said) : remedy(said, undefined);

/** The first thing that is missing for using an NVIDIA GPU: a card, its driver, its device. Undefined where all are present. */
export const withoutNvidia = (facts: MachineFacts): Remedy | undefined => {
  if (facts.nvidia.library && facts.nvidia.device) return undefined;
  if (facts.gpus?.has('NVIDIA') === false && !facts.nvidia.device) return remedy('this machine has no NVIDIA GPU', undefined);
  if (!facts.nvidia.library) return remedy("the library libcuda.so.1 of NVIDIA's driver is missing", nvidiaDriver(facts));
  return remedy('there is no NVIDIA device: /dev/nvidiactl is missing', undefined);
};
