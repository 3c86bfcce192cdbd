/** What is missing on the way to a GPU, on machines of all kinds, and the one command that brings it. */
import assert from 'node:assert/strict';
import { distributionOf, factsOfMachine, type GpuVendor, type MachineFacts } from '../../backends/machine/facts.js';
import { withoutAdapter, withoutNvidia } from '../../backends/machine/remedies.js';

const debian = (version: number): MachineFacts['distribution'] => ({ names: ['debian'], version });
const ubuntu: MachineFacts['distribution'] = { names: ['ubuntu', 'debian'], version: 24.04 };

const machine = (gpus: readonly GpuVendor[], facts: Partial<MachineFacts> = {}): MachineFacts => ({
  platform: 'linux',
  root: false,
  distribution: ubuntu,
  gpus: new Set(gpus),
  vulkan: { loader: false, drivers: [], override: undefined },
  nvidia: { library: false, device: false },
  ...facts,
});
const vulkan = (loader: boolean, drivers: readonly string[], override?: string): Partial<MachineFacts> => ({
  vulkan: { loader, drivers, override },
});

const SAID = 'WebGPU finds no adapter';
const NO_LOADER = "Vulkan's loader, libvulkan.so.1, is missing";
const MESA = 'apt-get install libvulkan1 mesa-vulkan-drivers';

describe('the remedy for a missing WebGPU adapter', () => {
  const cases: readonly (readonly [string, MachineFacts, string, string | undefined])[] = [
    ['without the loader', machine(['AMD']), NO_LOADER, `sudo ${MESA}`],
    ['without the loader, as root', machine(['Intel'], { root: true }), NO_LOADER, MESA],
    ['with the loader alone', machine(['AMD'], vulkan(true, [])), "the GPU's Vulkan driver is missing", `sudo ${MESA}`],
    ['without a GPU, where Mesa’s software driver is new enough', machine([], { distribution: debian(13) }), NO_LOADER, `sudo ${MESA}`],
    ['NVIDIA without its driver', machine(['NVIDIA']), NO_LOADER, 'sudo ubuntu-drivers install'],
    ['NVIDIA under Debian', machine(['NVIDIA'], { distribution: debian(12) }), NO_LOADER, 'sudo apt-get install nvidia-driver'],
    ['NVIDIA with its driver', machine(['NVIDIA'], vulkan(false, ['nvidia_icd.json'])), NO_LOADER, 'sudo apt-get install libvulkan1'],
    ['where all is there', machine(['AMD'], vulkan(true, ['radeon_icd.json'])), SAID, undefined],
    ['another distribution', machine(['AMD'], { distribution: { names: ['fedora'], version: 42 } }), NO_LOADER, undefined],
    [
      'drivers named by the environment',
      machine(['AMD'], vulkan(true, ['radeon_icd.json'], 'VK_DRIVER_FILES')),
      'VK_DRIVER_FILES is set, and names no driver that gives a device',
      'unset VK_DRIVER_FILES',
    ],
    ['another system', machine([], { platform: 'darwin', gpus: undefined }), SAID, undefined],
  ];
  for (const [name, facts, missing, command] of cases)
    it(name, () => assert.deepEqual(withoutAdapter(facts, SAID), { missing, ...(command === undefined ? {} : { command }) }));

  it('is none that would not help: Mesa of Debian 12 computes nothing without a GPU', () => {
    const { missing, command } = withoutAdapter(machine([], { distribution: debian(12) }), SAID);
    assert.match(missing, /this machine has no GPU: .* from version 25 on, which Debian has since 13 and Ubuntu since 25\.04$/);
    assert.equal(command, undefined);
  });
});

describe('the remedy for a missing NVIDIA GPU', () => {
  const nvidia = (library: boolean, device: boolean): Partial<MachineFacts> => ({ nvidia: { library, device } });
  it('is the driver where there is a card, and none where there is none', () => {
    assert.deepEqual(withoutNvidia(machine(['Intel'])), { missing: 'this machine has no NVIDIA GPU' });
    assert.deepEqual(withoutNvidia(machine(['NVIDIA'])), {
      missing: "the library libcuda.so.1 of NVIDIA's driver is missing",
      command: 'sudo ubuntu-drivers install',
    });
    assert.deepEqual(withoutNvidia(machine(['NVIDIA'], nvidia(true, false))), {
      missing: 'there is no NVIDIA device: /dev/nvidiactl is missing',
    });
    assert.equal(withoutNvidia(machine(['NVIDIA'], nvidia(true, true))), undefined);
  });

  it('does not miss a card that no bus shows, where its device is there', () =>
    assert.equal(withoutNvidia(machine([], nvidia(true, true))), undefined));
});

describe('facts of a machine', () => {
  it('are read from the system', () => {
    assert.equal(factsOfMachine().platform, process.platform);
    assert.deepEqual(distributionOf('PRETTY_NAME="Ubuntu 24.04"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n'), ubuntu);
    assert.deepEqual(distributionOf('').names, []);
  });
});
